// How the terminal looks, and how it may look so under a strict content security policy.

// Readable on a dark surface: each at least 4.5:1 on #10161c, but for black itself.
const PALETTE = {
  black: "#2b343d",
  red: "#ff7b72",
  green: "#6fcf7f",
  yellow: "#e0b04c",
  blue: "#7cb2ff",
  magenta: "#d59bf6",
  cyan: "#5ccfd1",
  white: "#c9d3da",
  brightBlack: "#8696a3",
  brightRed: "#ffa198",
  brightGreen: "#93e29f",
  brightYellow: "#f2cc74",
  brightBlue: "#a5ccff",
  brightMagenta: "#e4bdff",
  brightCyan: "#8ae6e6",
  brightWhite: "#f4f8fa",
};
const MONO = 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace';

/** xterm's options for the look of `root`, from the page's styles. */
export function lookOf(root) {
  const background = resolve(root, "var(--terminal-bg, var(--screen, #10161c))");
  const foreground = resolve(root, "var(--terminal-fg, #d7e0df)");
  const family = getComputedStyle(root).fontFamily;
  return {
    fontFamily: /mono|courier|consol|menlo/i.test(family) ? family : MONO,
    lineHeight: 1.2,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    // Programs choose colours for other backgrounds than this one.
    minimumContrastRatio: 4.5,
    theme: {
      ...PALETTE,
      background,
      foreground,
      cursor: foreground,
      cursorAccent: background,
      selectionBackground: "#3a5a78",
      selectionForeground: "#ffffff",
    },
  };
}

/** A colour of the styles as `#rrggbb`, which is what xterm reads. */
function resolve(root, value) {
  const probe = document.createElement("span");
  probe.style.color = value;
  root.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  const paper = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  paper.fillStyle = color;
  paper.fillRect(0, 0, 1, 1);
  const [red, green, blue] = paper.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Opens the terminal in `host` under a content security policy without 'unsafe-inline'. xterm makes
 * <style> elements, which the policy takes with the page's nonce only, and sets `style` attributes,
 * which it does not take at all; the same through the object model is allowed. xterm does both on
 * the page's own document, so that it is this one that has to help.
 */
export function openStrictly(terminal, host) {
  HTMLSpanElement.prototype.setAttribute = setAttribute;
  const nonce =
    document.querySelector('meta[name="csp-nonce"]')?.content ||
    document.querySelector("script[nonce]")?.nonce;
  document.createElement = (...args) => {
    const element = Document.prototype.createElement.apply(document, args);
    if (nonce && element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
  try {
    terminal.open(host);
  } finally {
    // Uncovers the document's own method again.
    delete document.createElement;
  }
}

function setAttribute(name, value) {
  if (name === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
