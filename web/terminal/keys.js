// Keys: what is typed, a phone's key row, and the way out for those who have no mouse.

// The end of the sequence that a terminal sends.
const ARROWS = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D", End: "F", Home: "H" };
const PLAIN = { Escape: "\x1b", Tab: "\t", Enter: "\r" };

/** Wires typing and the key row. Returns `{ onKey }`, to which handlers of key events are added. */
export function wireKeys(terminal, buttons, listen, { send, leave }) {
  const control = [...buttons].filter((button) => button.dataset.terminalKey === "Control");
  let held = false;
  const hold = (on) => {
    held = on;
    for (const button of control) button.setAttribute("aria-pressed", on);
  };
  hold(false);

  const typed = (text) => {
    const withControl = held && controlled(text);
    if (held) hold(false);
    send(withControl || text);
  };
  terminal.onData(typed);
  // Old mouse reports: bytes, not letters.
  terminal.onBinary((text) => send(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));

  for (const button of buttons) {
    // The focus stays in the terminal, lest a phone's keyboard closes.
    listen(button, "pointerdown", (event) => event.preventDefault());
    listen(button, "click", () => {
      const key = button.dataset.terminalKey;
      if (key === "Control") hold(!held);
      else typed(ARROWS[key] ? arrow(terminal, key, held) : (PLAIN[key] ?? key));
      if (ARROWS[key]) hold(false);
      terminal.focus();
    });
  }

  const handlers = [
    (event) => {
      if (!(event.ctrlKey && event.shiftKey && event.code === "F6")) return false;
      leave();
      event.preventDefault();
      return true;
    },
  ];
  terminal.attachCustomKeyEventHandler(
    (event) => event.type !== "keydown" || !handlers.some((handler) => handler(event)),
  );
  return { onKey: (handler) => handlers.push(handler) };
}

/** What Control makes of a letter; nothing where it makes nothing. */
function controlled(text) {
  if (text === " ") return "\0";
  if (text === "/") return "\x1f";
  if (text.length !== 1) return null;
  const code = text.toUpperCase().charCodeAt(0);
  return code >= 0x40 && code < 0x60 ? String.fromCharCode(code & 0x1f) : null;
}

function arrow(terminal, key, withControl) {
  if (withControl) return `\x1b[1;5${ARROWS[key]}`;
  return (terminal.modes.applicationCursorKeysMode ? "\x1bO" : "\x1b[") + ARROWS[key];
}
