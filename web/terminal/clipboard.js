// Copy and paste. Control+C and Control+V are the shell's, as in every terminal.

/** Wires keys, the mouse, and the button. */
export function wireClipboard(terminal, host, button, listen, keys) {
  keys.onKey((event) => {
    if (!event.ctrlKey || !event.shiftKey || event.altKey) return false;
    if (event.code === "KeyC") {
      copy(terminal);
      event.preventDefault();
      return true;
    }
    // The browser pastes by itself, without having to ask, if only xterm lets it.
    return event.code === "KeyV";
  });
  listen(host, "mouseup", (event) => {
    if (event.button === 0) copy(terminal);
  });
  listen(host, "contextmenu", (event) => {
    // With Shift, and where pages may not read the clipboard, the browser's menu has “Paste”.
    if (event.shiftKey || !navigator.clipboard?.readText) return;
    event.preventDefault();
    paste(terminal);
  });
  listen(button, "click", () => paste(terminal));
}

async function copy(terminal) {
  const text = terminal.getSelection();
  if (!text) return;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS there is no such interface; xterm answers the old command.
    document.execCommand("copy");
  }
}

async function paste(terminal) {
  let text;
  try {
    text = await navigator.clipboard.readText();
  } catch {
    text = window.prompt("The browser does not let this page read the clipboard. Paste here:");
  }
  if (text) terminal.paste(text);
  terminal.focus();
}
