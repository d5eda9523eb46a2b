// The release, run on data of its own, and a person in front of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = join(import.meta.dirname, '..');
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
export const RELEASE = join(TARGET, 'release');

/** The browser's files, of the build that was made last. */
export const SITE = join(ROOT, 'target/site');

export const PASSWORD = 'correct horse battery';

export class Portal {
  /** Starts a server on nothing, and makes its owner. */
  static async start(project, ...flags) {
    const portal = new Portal();
    portal.data = await mkdtemp(join(tmpdir(), 'lectern-bench-'));
    const listen = `127.0.0.1:${await freePort()}`;
    portal.url = `http://${listen}`;
    portal.process = spawn(
      join(RELEASE, 'lectern'),
      ['serve', '--listen', listen, '--engine', 'incus', '--incus-project', project]
        .concat(['--data-dir', portal.data, '--site-dir', SITE, ...flags]),
      { cwd: portal.data, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let log = '';
    portal.process.stderr.on('data', (part) => (log += part));
    for await (const line of createInterface({ input: portal.process.stdout })) {
      const token = line.split('/welcome/')[1];
      if (!token) continue;
      portal.owner = new Person(portal.url);
      const account = { token, name: 'Ada Lovelace', email: 'ada@example.org', password: PASSWORD };
      await portal.owner.send('welcome/use', account);
      return portal;
    }
    throw new Error(`The server did not start:\n${log}`);
  }

  async stop() {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
    await rm(this.data, { recursive: true });
  }
}

/** A person's browser, as far as forms and questions go. */
class Person {
  constructor(url) {
    this.url = url;
    this.cookie = '';
  }

  /** Sends a form; returns where it leads. */
  async send(path, form) {
    const answer = await this.#fetch(path, { method: 'POST', body: new URLSearchParams(form) });
    const [cookie] = answer.headers.getSetCookie();
    if (cookie) this.cookie = cookie.split(';')[0];
    await answer.text();
    return answer.headers.get('location');
  }

  /** Asks for data. */
  async ask(path) {
    return (await this.#fetch(path, {})).json();
  }

  async #fetch(path, options) {
    const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin', cookie: this.cookie };
    const answer = await fetch(`${this.url}/sfn/${path}`, { ...options, headers, redirect: 'manual' });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

/** This process' environment without settings of Lectern's. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LECTERN_')));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
