// A portal of a test's own: the real binary on a free port, with an Incus project of its own.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const binary = process.env.LECTERN_BINARY ?? join(root, 'target/debug/lectern');

/**
 * Starts a portal. `engine` is `incus` or `simulator`; `settings` returns the text of its settings' file, given its
 * address and its data directory.
 */
export async function startPortal(engine = 'incus', settings) {
  const portal = new Portal(engine, await freePort());
  if (settings) writeFileSync(join(portal.data, 'lectern.toml'), settings(portal.url, portal.data));
  await portal.start();
  return portal;
}

class Portal {
  constructor(engine, port) {
    this.engine = engine;
    this.binary = binary;
    this.url = `http://127.0.0.1:${port}`;
    this.listen = `127.0.0.1:${port}`;
    this.data = mkdtempSync(join(tmpdir(), 'lectern-end2end-'));
    this.project = `lectern-test-${process.pid}-${port}`;
    this.log = '';
  }

  async start() {
    const options = ['serve', '--data-dir', this.data, '--listen', this.listen, '--engine', this.engine];
    options.push('--incus-project', this.project, '--site-dir', join(root, 'target/site-dev'));
    this.process = spawn(binary, options, { cwd: this.data, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((_, fail) => {
      this.process.once('exit', (code) => fail(new Error(`the portal ended with ${code}:\n${this.log}`)));
    });
    ended.catch(() => {});
    const listens = new Promise((done) => {
      const hear = (bytes) => {
        this.log += bytes;
        if (/listens on/.test(this.log)) done();
      };
      this.process.stdout.on('data', hear);
      this.process.stderr.on('data', hear);
    });
    await Promise.race([listens, ended]);
  }

  /** The one-time link that makes the owner. */
  async ownerLink() {
    for (;;) {
      const link = this.log.match(/http\S+\/welcome\/\w+/);
      if (link) return link[0];
      await new Promise((done) => this.process.stdout.once('data', done));
    }
  }

  /** Ends it at once, as a power cut would. */
  async kill() {
    const gone = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGKILL');
    await gone;
    this.log = '';
  }

  /** What is left of the portal in Incus. */
  instances() {
    if (this.engine !== 'incus') return [];
    const projects = execFileSync('incus', ['project', 'list', '--format', 'csv', '--columns', 'n']).toString();
    if (!projects.split('\n').some((line) => line.replace(' (current)', '') === this.project)) return [];
    const list = execFileSync('incus', ['list', '--project', this.project, '--format', 'csv', '--columns', 'n']);
    return list.toString().split('\n').filter(Boolean);
  }

  /** Ends it and removes everything it made. */
  async close() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill();
    for (const name of this.instances()) {
      execFileSync('incus', ['delete', '--force', '--project', this.project, name]);
    }
    if (this.engine === 'incus') {
      execFileSync('incus', ['query', '-X', 'DELETE', '--wait', `/1.0/projects/${this.project}?force=1`]);
    }
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
