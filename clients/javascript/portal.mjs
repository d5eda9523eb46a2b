// What the tests share: clients of the portal that `run.mjs` started, and hands in its simulated world.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { describe } from 'node:test';

import { LabServicesClient } from '@azure/arm-labservices';
import { ClientSecretCredential } from '@azure/identity';

import { VERSIONS } from './coverage.mjs';

const { env } = process;

/** Where the API and the sign-in are. */
export const ENDPOINT = env.AZURE_AUTHORITY_HOST;
export const SUBSCRIPTION = env.AZURE_SUBSCRIPTION_ID;

/** Defines the same tests for each version of the API, with a resource group of its own for each. */
export function forEachVersion(title, define) {
  for (const version of VERSIONS) {
    const group = `js-${title.toLowerCase().replaceAll(' ', '-')}-${version}`;
    describe(`${title}, ${version}`, () => define({ version, group, client: connect(version) }));
  }
}

/** A client of Microsoft's; it writes down what it is answered. */
export function connect(version, credential = new Principal(), subscription = SUBSCRIPTION) {
  return new LabServicesClient(credential, subscription, {
    endpoint: ENDPOINT,
    apiVersion: version,
    credentialScopes: [`${ENDPOINT}/.default`],
    additionalPolicies: [{ policy: recorder, position: 'perRetry' }],
  });
}

/** The service principal as programs usually sign it in. */
export function principal(secret = env.AZURE_CLIENT_SECRET) {
  return new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, secret, {
    authorityHost: ENDPOINT,
    disableInstanceDiscovery: true,
  });
}

/** People, by their access tokens. */
export const reader = holder(env.LECTERN_READ_TOKEN);
export const stranger = holder(env.LECTERN_STRANGER_TOKEN);

/** Whoever holds this token. */
export function holder(token) {
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
}

/** How often the server's clock was moved. */
let jumps = 0;

/**
 * The service principal on a server whose clock jumps. By that clock a token can be too old that is new by ours,
 * so clients are told not to keep it, and after a jump it signs in anew.
 */
class Principal {
  #credential = principal();
  #jumps = jumps;

  async getToken(scopes, options) {
    if (this.#jumps !== jumps) {
      this.#credential = principal();
      this.#jumps = jumps;
    }
    const { token } = await this.#credential.getToken(scopes, options);
    return { token, expiresOnTimestamp: Date.now() };
  }
}

/** Writes down every response, also those to questions that are asked again. */
const recorder = {
  name: 'recorder',
  async sendRequest(request, next) {
    const { method, url } = request;
    const response = await next(request);
    const { status, headers, bodyAsText } = response;
    const line = { method, url, status, headers: headers.toJSON(), body: value(bodyAsText) };
    appendFileSync(env.LECTERN_RESPONSES, `${JSON.stringify(line)}\n`);
    return response;
  },
};

/** What a body says; the text itself, if it is no JSON, which whoever reads the lines will not accept. */
function value(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Every act on the simulated object fails meanwhile. */
export const whileBroken = (name, act) => between(`break ${name}`, `mend ${name}`, act);
/** Every act on what is made meanwhile fails. */
export const whileNewBreaks = (act) => between('break-new', 'mend-new', act);
/** The mail server refuses every mail meanwhile. */
export const whileMailFails = (act) => between('mail fail', 'mail ok', act);

async function between(first, last, act) {
  await command(first);
  try {
    return await act();
  } finally {
    await command(last);
  }
}

/** Lets the server's clock jump past the time after which what keeps failing is given up. */
export async function passTime() {
  await command('advance 1000');
  jumps += 1;
}

async function command(line) {
  const socket = createConnection(env.LECTERN_CONTROL);
  try {
    const answer = new Promise((resolve, reject) => {
      socket.on('error', reject);
      const lines = createInterface({ input: socket });
      lines.on('line', resolve);
      lines.on('close', () => reject(new Error('no answer')));
    });
    socket.write(`${line}\n`);
    assert.equal(await answer, 'ok', line);
  } finally {
    socket.destroy();
  }
}

/** Keeps a directory group, as the portal's administrators do; returns its id. */
export async function makeDirectoryGroup(id, members) {
  const path = `/subscriptions/${SUBSCRIPTION}/providers/Lectern.Portal/directoryGroups/${id}`;
  const answer = await fetch(`${ENDPOINT}${path}?api-version=2026-11-01`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${env.LECTERN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ properties: { displayName: 'A class', members } }),
  });
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
  return id;
}
