// A terminal in the browser: mounts xterm.js in `[data-terminal]`, and wires it to the gateway and
// to the controls around it.
//
// The page (`[data-terminal-page]` around it, else the document) may have these, all optional:
//   [data-terminal-status]                 the state in words; `data-state` has it for the styles
//   [data-terminal-overlay] (hidden)       with [data-terminal-overlay-text] and
//                                          [data-terminal-reconnect]
//   [data-terminal-notice] (hidden)        what the person must know, with [data-terminal-notice-text]
//                                          and [data-terminal-notice-stay] (hidden)
//   [data-terminal-paste]                  a button
//   [data-terminal-font="+"|"-"]           buttons
//   [data-terminal-reader]                 a toggle button: text for screen readers
//   [data-terminal-key="Escape"|…]         buttons of a phone's key row; Control waits for the next
//   [data-terminal-leave]                  where Ctrl+Shift+F6 goes; else the page's first link

import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { wireClipboard } from "./terminal/clipboard.js";
import { Connection } from "./terminal/connection.js";
import { wireFont } from "./terminal/font.js";
import { wireKeys } from "./terminal/keys.js";
import { lookOf, openStrictly } from "./terminal/look.js";
import "./terminal/terminal.css";

const WORDS = {
  connecting: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  ended: "Ended",
};

/** Mounts a terminal on the machine `options.machine` in `root`. Returns `{ terminal, dispose }`. */
export function mount(root, options = {}) {
  const machine = options.machine ?? root.dataset.machine;
  const page = options.page ?? root.closest("[data-terminal-page]") ?? document;
  const one = (name) => page.querySelector(`[data-terminal-${name}]`);
  const all = (name) => page.querySelectorAll(`[data-terminal-${name}]`);
  const left = new AbortController();
  const listen = (target, type, handler, more = {}) =>
    target?.addEventListener(type, handler, { signal: left.signal, ...more });

  // Its own element: measured without the padding that the page's styles give the root.
  const host = document.createElement("div");
  host.className = "terminal-host";
  root.append(host);

  const terminal = new Terminal({
    ...lookOf(root),
    scrollback: 5000,
    macOptionIsMeta: true,
    screenReaderMode: localStorage.getItem("lectern.terminal.reader") === "on",
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(
    new WebLinksAddon((event, address) => {
      window.open(address, "_blank", "noopener,noreferrer");
    }),
  );
  openStrictly(terminal, host);
  terminal.textarea?.setAttribute(
    "aria-label",
    "Terminal. The Tab key goes to the shell; Control, Shift and F6 together leave it.",
  );

  const state = (name, message) => {
    root.dataset.state = name;
    const status = one("status");
    if (status) {
      status.dataset.state = name;
      status.textContent = WORDS[name];
    }
    const overlay = one("overlay");
    if (!overlay) return;
    const text = one("overlay-text");
    if (text && message) text.textContent = message;
    const hadFocus = overlay.contains(document.activeElement);
    overlay.hidden = !message;
    // At the end whoever was typing gets the button under the finger, and the shell back afterwards.
    if (name === "ended" && host.contains(document.activeElement)) one("reconnect")?.focus();
    else if (!message && hadFocus) terminal.focus();
  };

  const notice = ({ text, stay }) => {
    const bar = one("notice");
    const words = one("notice-text");
    if (!bar || !words) return;
    bar.hidden = !text;
    words.textContent = text ?? "";
    const button = one("notice-stay");
    if (button) button.hidden = !stay;
  };

  const connection = new Connection(terminal, machine, state, notice);
  const refit = () => {
    // A hidden element has no size to fit to.
    if (host.clientWidth > 0 && host.clientHeight > 0) fit.fit();
  };
  let frame = 0;
  const observer = new ResizeObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(refit);
  });
  observer.observe(host);
  document.fonts?.ready.then(refit);

  const keys = wireKeys(terminal, all("key"), listen, {
    send: (text) => connection.type(text),
    leave: () => (one("leave") ?? page.querySelector("a[href]"))?.focus(),
  });
  wireClipboard(terminal, host, one("paste"), listen, keys);
  wireFont(terminal, all("font"), listen, refit);
  const reader = one("reader");
  const showReader = () => reader?.setAttribute("aria-pressed", terminal.options.screenReaderMode);
  listen(reader, "click", () => {
    terminal.options.screenReaderMode = !terminal.options.screenReaderMode;
    localStorage.setItem("lectern.terminal.reader", terminal.options.screenReaderMode ? "on" : "off");
    showReader();
  });
  showReader();
  listen(one("reconnect"), "click", () => {
    terminal.focus();
    connection.now();
  });
  listen(window, "online", () => connection.online());
  listen(document, "visibilitychange", () => connection.glance());

  refit();
  terminal.focus();
  connection.start();
  return {
    terminal,
    dispose() {
      left.abort();
      observer.disconnect();
      cancelAnimationFrame(frame);
      connection.dispose();
      terminal.dispose();
      host.remove();
    },
  };
}

for (const root of document.querySelectorAll("[data-terminal]")) mount(root);
