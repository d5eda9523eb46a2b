// The size of the letters, remembered.

const KEY = "lectern.terminal.font";
const SMALLEST = 9;
const LARGEST = 32;

/** Wires the buttons, and sets the remembered size. */
export function wireFont(terminal, buttons, listen, refit) {
  const usual = matchMedia("(pointer: coarse)").matches ? 13 : 15;
  const set = (size) => {
    terminal.options.fontSize = Math.min(LARGEST, Math.max(SMALLEST, size || usual));
    refit();
  };
  set(Number(localStorage.getItem(KEY)));
  for (const button of buttons) {
    listen(button, "click", () => {
      set(terminal.options.fontSize + (button.dataset.terminalFont === "-" ? -1 : 1));
      localStorage.setItem(KEY, terminal.options.fontSize);
      terminal.focus();
    });
  }
}
