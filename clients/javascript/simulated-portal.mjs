// The portal on simulated machines: one process, which says where it is reached and takes commands.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

export class SimulatedPortal {
  /** What it printed: where it is, and who may come in. */
  variables = {};
  #child;
  #lines;
  /** The command that is under way; commands wait for one another, as answers do not say what they answer. */
  #last = Promise.resolve();
  #server;

  /** Starts it, and waits until it can be used. */
  static async start(binary) {
    const portal = new SimulatedPortal();
    portal.#child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] });
    // Fails if there is no such binary.
    await once(portal.#child, 'spawn');
    // Written to after its end, it is missed where its answer is waited for.
    portal.#child.stdin.on('error', () => {});
    portal.#lines = createInterface({ input: portal.#child.stdout })[Symbol.asyncIterator]();
    for (let line = await portal.#read(); line !== 'ready'; line = await portal.#read()) {
      const at = line.indexOf('=');
      if (at > 0) portal.variables[line.slice(0, at)] = line.slice(at + 1);
    }
    return portal;
  }

  /** Takes commands from others on a socket, a line each, and gives each the answer. */
  async listen(path) {
    this.#server = createServer((socket) => {
      socket.on('error', () => {});
      createInterface({ input: socket }).on('line', async (line) => {
        const answer = await this.#command(line).catch((error) => `error: ${error.message}`);
        socket.write(`${answer}\n`);
      });
    }).listen(path);
    await once(this.#server, 'listening');
  }

  /** What it publishes about its API. */
  async description() {
    const { AZURE_AUTHORITY_HOST: origin, LECTERN_CA: authority } = this.variables;
    const [answer] = await once(get(`${origin.replace(/\/$/, '')}/openapi.json`, { ca: await readFile(authority) }), 'response');
    return text(answer);
  }

  /** It ends when nobody can give it commands any more. */
  async stop() {
    this.#server?.close();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }

  #command(line) {
    const answer = this.#last.then(() => {
      this.#child.stdin.write(`${line}\n`);
      return this.#read();
    });
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #read() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The portal ended.');
    return value;
  }
}
