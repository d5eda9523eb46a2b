// A real mail server for the tests: it demands STARTTLS and a password, and keeps what it takes, read as a mail program
// reads it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { freePort } from './portal.js';

/** As whom the portal signs in there. */
const USER = 'labs';
const PASSWORD = 'known to two programs';

export class MailServer {
  /** Whom it does not take mails for: address and what it says. */
  refused = new Map();
  /** Mails that nobody has read yet. */
  #mails = [];
  #readers = [];
  #server;

  constructor(port) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'lectern-mail-'));
    this.key = join(this.folder, 'key.pem');
    this.certificate = join(this.folder, 'certificate.pem');
    const about = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', this.key, '-out', this.certificate];
    const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...curve, ...about, ...leaf, ...files], { stdio: 'pipe' });
    this.password = join(this.folder, 'password');
    writeFileSync(this.password, PASSWORD, { mode: 0o600 });
  }

  /** One that has an address and is not there yet. */
  static async away() {
    return new MailServer(await freePort());
  }

  /** The part of the portal's settings that names it. */
  settings() {
    return `[mail]
from = "Lectern <labs@school.example>"
smtp = "smtp://${USER}@localhost:${this.port}"
password-file = "${this.password}"
ca = "${this.certificate}"
`;
  }

  async start() {
    this.#server = new SMTPServer({
      key: readFileSync(this.key),
      cert: readFileSync(this.certificate),
      disableReverseLookup: true,
      logger: false,
      onAuth: ({ username, password }, session, done) => {
        const known = session.secure && username === USER && password === PASSWORD;
        done(known ? null : new Error('Who are you?'), known ? { user: username } : undefined);
      },
      onRcptTo: ({ address }, session, done) => {
        const said = this.refused.get(address);
        done(said && Object.assign(new Error(said), { responseCode: 550 }));
      },
      onData: (stream, session, done) => {
        simpleParser(stream).then((mail) => {
          this.#take({ to: session.envelope.rcptTo[0].address, mail });
          done();
        }, done);
      },
    });
    await new Promise((listens) => this.#server.listen(this.port, 'localhost', listens));
  }

  #take(arrived) {
    const reader = this.#readers.findIndex(({ to }) => to === arrived.to);
    if (reader < 0) this.#mails.push(arrived);
    else this.#readers.splice(reader, 1)[0].read(arrived.mail);
  }

  /** The next mail for an address, once it is there. */
  next(to) {
    const there = this.#mails.findIndex((mail) => mail.to === to);
    if (there >= 0) return Promise.resolve(this.#mails.splice(there, 1)[0].mail);
    return new Promise((read) => this.#readers.push({ to, read }));
  }

  /** How many mails nobody has read. */
  get unread() {
    return this.#mails.length;
  }

  async close() {
    if (this.#server) await new Promise((closed) => this.#server.close(closed));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The one link in a mail. */
export function link(mail) {
  const found = mail.text.match(/https?:\/\/\S+/g);
  if (found?.length !== 1) throw new Error(`This mail was to have one link:\n${mail.text}`);
  return found[0];
}
