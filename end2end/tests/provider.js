// A real OpenID provider for the tests: certified software, with people, keys and addresses of the tests' own.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { freePort } from './portal.js';

/** What the portal is known by there. */
export const CLIENT = { id: 'lectern', secret: 'a secret between two programs' };

/** A signing key with this name. */
export function newKey(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
}

export class School {
  /** People by the name they sign in with: address, whether it is verified, name. */
  people = {};
  #server;

  constructor(port) {
    this.port = port;
    this.issuer = `http://127.0.0.1:${port}`;
  }

  static async open() {
    return new School(await freePort());
  }

  /** The part of the portal's settings that names it. */
  settings(secretFile) {
    return `[[sign-in]]
id = "school"
name = "School account"
issuer = "${this.issuer}"
client-id = "${CLIENT.id}"
client-secret-file = "${secretFile}"
`;
  }

  /** Opens, or opens again, with these keys. */
  async start(portalUrl, keys) {
    const { people } = this;
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [`${portalUrl}/sign-in/by/school/back`],
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      jwks: { keys },
      cookies: { keys: ['only for tests'] },
      // The claims are wanted in the token itself.
      conformIdTokenClaims: false,
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: true } },
      findAccount: (_, id) => ({
        accountId: id,
        claims: () => ({ sub: id, ...people[id] }),
      }),
    });
    await this.stop();
    this.#server = createServer(provider.callback());
    await new Promise((done) => this.#server.listen(this.port, '127.0.0.1', done));
  }

  async stop() {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

/** Signs in on the provider's own pages, in a browser that it does not know yet. */
export async function signInThere(page, who) {
  await page.getByPlaceholder('Enter any login').fill(who);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  // Its pages want letters from a site that is not there; that is no complaint about ours.
  page.complaints.length = 0;
}
