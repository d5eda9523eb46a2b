// The connection to the gateway: ticket, socket, reconnecting, and how far ahead it may print.

/** What is pasted goes in pieces of this many bytes; the gateway takes 64 KiB at most. */
const PIECE = 16 * 1024;
/** So many bytes may wait in the browser to be sent. */
const AHEAD = 256 * 1024;
/** How often, in bytes, the gateway is told what is on the screen. */
const CONFIRM = 16 * 1024;
/** The gateway gives a sign of life every 20 seconds. */
const SILENCE_MS = 50_000;
const OPENING_MS = 15_000;
const LONGEST_PAUSE_MS = 15_000;
/** Closing codes: goodbye, and “I will be back”. */
const GOODBYE = 1000;
const BACK_SOON = 4000;
/** Leaves whatever mode the last shell's program left behind. */
const SOBER_UP = "\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[!p";

export class Connection {
  #terminal;
  #machine;
  #tell;
  #notice;
  #socket = null;
  #id;
  /** The position up to which it has what was printed; unknown after the page was loaded again. */
  #received;
  #shown = 0;
  #confirmed = 0;
  #wasOpen = false;
  #state = "connecting";
  #failures = 0;
  #timer = 0;
  #watchdog = 0;
  #resizing = 0;
  #line = [];
  #draining = 0;
  /** Counts attempts, so that what an earlier one still brings is not taken for the last one's. */
  #attempt = 0;

  /** `tell(state, message)` hears how it stands, `notice({ text, stay })` what the person must know. */
  constructor(terminal, machine, tell, notice) {
    this.#terminal = terminal;
    this.#machine = machine;
    this.#tell = tell;
    this.#notice = notice;
    const [navigation] = performance.getEntriesByType("navigation");
    // Another tab's copy of this storage must not take the shell away.
    this.#id = navigation?.type === "reload" ? sessionStorage.getItem(this.#key) : null;
    terminal.onResize(({ cols, rows }) => {
      clearTimeout(this.#resizing);
      this.#resizing = setTimeout(() => this.#resize(cols, rows), 50);
    });
  }

  start() {
    this.#say("connecting");
    this.#connect();
  }

  /** Connects at once, also when it seems connected. */
  now() {
    this.#failures = 0;
    if (this.#state === "ended" || this.#state === "connected") {
      this.#say(this.#wasOpen ? "reconnecting" : "connecting");
    }
    this.#connect();
  }

  /** The network is back, and maybe another one: what seems connected may not be. */
  online() {
    if (this.#state !== "ended") this.now();
  }

  /** The page is looked at again: no reason to wait any longer. */
  glance() {
    if (!document.hidden && this.#timer) this.now();
  }

  /** Sends what was typed, a string or bytes. It is not kept while there is no connection. */
  type(data) {
    if (this.#state !== "connected") return;
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    for (let at = 0; at < bytes.length; at += PIECE) this.#line.push(bytes.subarray(at, at + PIECE));
    this.#drain();
  }

  dispose() {
    this.#abandon(GOODBYE);
    clearTimeout(this.#resizing);
  }

  get #key() {
    return `lectern.terminal.${this.#machine}`;
  }

  #say(state, message) {
    this.#state = state;
    this.#tell(state, message);
  }

  #abandon(code) {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#watchdog);
    clearTimeout(this.#draining);
    this.#timer = 0;
    this.#line = [];
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(code);
  }

  async #connect() {
    this.#abandon(BACK_SOON);
    const attempt = this.#attempt;
    const current = () => attempt === this.#attempt;
    let ticket;
    try {
      ticket = await this.#ticket();
    } catch (error) {
      if (!current()) return;
      if (error.final) this.#end(error.message);
      else this.#retry(error.message, error.wait);
      return;
    }
    if (!current()) return;

    const query = new URLSearchParams({
      ticket,
      columns: this.#terminal.cols,
      rows: this.#terminal.rows,
    });
    if (this.#id) query.set("resume", this.#id);
    if (this.#id && this.#received !== undefined) query.set("received", this.#received);
    const address = new URL(`/terminal/socket?${query}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#watch(OPENING_MS);
    socket.onmessage = ({ data }) => {
      if (!current()) return;
      this.#watch(SILENCE_MS);
      if (data instanceof ArrayBuffer) this.#print(new Uint8Array(data), current);
      else this.#heed(JSON.parse(data));
    };
    socket.onclose = () => {
      if (current()) this.#retry("The connection broke. Trying again …");
    };
  }

  /** Fetches a ticket. What it throws has a message; `final` when trying again is in vain. */
  async #ticket() {
    let answer;
    try {
      answer = await fetch("/terminal/tickets", {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ machine: this.#machine }),
        signal: AbortSignal.timeout(OPENING_MS),
      });
    } catch {
      throw { message: "The portal does not answer. Trying again …" };
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok && body.ticket) return body.ticket;
    const message = body.message ?? `The portal answered with an error (${answer.status}).`;
    // A machine that does not run yet may run soon; a server in trouble may recover.
    if (answer.status === 409) throw { message, wait: 3000 };
    throw { message, final: answer.status < 500 && answer.status !== 429 };
  }

  #heed(message) {
    if (message.type === "session") this.#open(message);
    else if (message.type === "notice") this.#notice?.(message);
    else if (message.type === "ended" && message.final) this.#end(message.reason);
    else if (message.type === "ended") this.#retry(message.reason);
  }

  #open({ id, resumed, position, reset }) {
    const isNew = this.#wasOpen && !resumed;
    if (resumed && reset) this.#terminal.reset();
    if (isNew) this.#terminal.write(`${SOBER_UP}\r\n\x1b[2m— a new shell —\x1b[0m\r\n`);
    this.#id = id;
    this.#received = this.#shown = this.#confirmed = position;
    this.#wasOpen = true;
    this.#failures = 0;
    sessionStorage.setItem(this.#key, id);
    this.#say("connected");
    // From now on the gateway waits for the screen.
    this.#send({ type: "received", position });
    const { cols, rows } = this.#terminal;
    // A change of size makes a program that fills the screen draw it anew.
    if (resumed && reset) this.#resize(cols, Math.max(1, rows - 1));
    clearTimeout(this.#resizing);
    this.#resizing = setTimeout(() => this.#resize(this.#terminal.cols, this.#terminal.rows), 150);
  }

  #print(bytes, current) {
    this.#received += bytes.length;
    this.#terminal.write(bytes, () => {
      if (!current()) return;
      this.#shown += bytes.length;
      if (this.#shown - this.#confirmed < CONFIRM) return;
      this.#confirmed = this.#shown;
      this.#send({ type: "received", position: this.#shown });
    });
  }

  #retry(message, wait) {
    this.#abandon(BACK_SOON);
    this.#failures += 1;
    const doubled = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (this.#failures - 1));
    // Many browsers that lost the same server must not come back all at once.
    const pause = wait ?? doubled * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#connect(), pause);
    this.#say(this.#wasOpen ? "reconnecting" : "connecting", message);
  }

  #end(message) {
    this.#abandon(GOODBYE);
    this.#id = null;
    sessionStorage.removeItem(this.#key);
    this.#say("ended", message);
  }

  #watch(time) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#retry("The connection went silent. Trying again …");
    }, time);
  }

  #resize(columns, rows) {
    this.#send({ type: "resize", columns, rows });
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #drain() {
    clearTimeout(this.#draining);
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    while (this.#line.length > 0 && socket.bufferedAmount < AHEAD) socket.send(this.#line.shift());
    if (this.#line.length > 0) this.#draining = setTimeout(() => this.#drain(), 20);
  }
}
