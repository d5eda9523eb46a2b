// A learning platform of the tests' own: courses in pages with frames, messages signed as LTI 1.3 says, and the members
// of a course for programs that prove who they are.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { freePort } from './portal.js';

const claim = (name) => `https://purl.imsglobal.org/spec/lti/claim/${name}`;
const ROLE = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps';

export class Platform {
  client = 'client-7';
  deployment = 'deployment-1';
  /** People by the name they are signed in with here: name, address, role. */
  people = {};
  /** How often the members of the course were asked for. */
  asked = 0;
  /** Who is meant by a hint. Each is taken once, as Canvas and Moodle do. */
  #hints = new Map();
  #server;
  #token = 'only the tool has this';

  constructor(port) {
    // Another site than the portal, which is at an address: what is in a frame there is from elsewhere.
    this.issuer = `http://localhost:${port}`;
    this.port = port;
  }

  static async open(tool) {
    const platform = new Platform(await freePort());
    platform.tool = tool;
    platform.keys = await generateKeyPair('RS256', { extractable: true });
    platform.#server = createServer((request, response) => {
      platform.#answer(request, response).catch((error) => {
        response.writeHead(500).end(String(error));
      });
    });
    await new Promise((done) => platform.#server.listen(platform.port, 'localhost', done));
    return platform;
  }

  /** The page of a course, with the tool in a frame, for somebody who is signed in here. */
  course(who) {
    return `${this.issuer}/course?who=${who}`;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.issuer);
    const html = (body) => {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(`<!DOCTYPE html><html lang="en"><title>Botany</title><link rel="icon" href="data:,">${body}`);
    };
    const json = (body, type = 'application/json') => {
      response.writeHead(200, { 'Content-Type': type });
      response.end(JSON.stringify(body));
    };
    switch (pathname) {
      case '/jwks':
        return json({ keys: [{ ...(await exportJWK(this.keys.publicKey)), kid: 'first', use: 'sig', alg: 'RS256' }] });
      case '/course': {
        const hint = randomUUID();
        this.#hints.set(hint, searchParams.get('who'));
        const asked = new URLSearchParams({
          iss: this.issuer,
          login_hint: hint,
          target_link_uri: `${this.tool}/lti/launch`,
          client_id: this.client,
          lti_deployment_id: this.deployment,
        });
        return html(`<h1>Botany</h1><iframe title="Tool" width="600" height="500" src="${this.tool}/lti/login?${asked}"></iframe>`);
      }
      case '/auth': {
        const token = await this.#message(searchParams);
        const state = searchParams.get('state');
        return html(`<form method="post" action="${searchParams.get('redirect_uri')}">
          <input type="hidden" name="id_token" value="${token}"><input type="hidden" name="state" value="${state}">
          </form><script>document.forms[0].submit()</script>`);
      }
      case '/token':
        return json(await this.#trade(await bodyOf(request)));
      case '/members': {
        if (request.headers.authorization !== `Bearer ${this.#token}`) return response.writeHead(401).end();
        this.asked += 1;
        const members = Object.entries(this.people).map(([id, one]) => ({
          status: 'Active',
          user_id: id,
          name: one.name,
          email: one.email,
          roles: [one.role],
        }));
        const type = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
        return json({ id: `${this.issuer}/members`, context: { id: 'course-1' }, members }, type);
      }
      default:
        return response.writeHead(404).end();
    }
  }

  async #message(asked) {
    const hint = asked.get('login_hint');
    const who = this.#hints.get(hint);
    if (!this.#hints.delete(hint)) throw new Error('this hint was used already');
    const { name, email, role } = this.people[who];
    const claims = {
      nonce: asked.get('nonce'),
      name,
      email,
      [claim('message_type')]: 'LtiResourceLinkRequest',
      [claim('version')]: '1.3.0',
      [claim('deployment_id')]: this.deployment,
      [claim('target_link_uri')]: `${this.tool}/lti/launch`,
      [claim('resource_link')]: { id: 'link-1' },
      [claim('context')]: { id: 'course-1', title: 'Botany' },
      [claim('roles')]: [`${ROLE}${role}`],
      [`${NRPS}/claim/namesroleservice`]: {
        context_memberships_url: `${this.issuer}/members`,
        service_versions: ['2.0'],
      },
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'first' })
      .setIssuer(this.issuer)
      .setAudience(this.client)
      .setSubject(who)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(this.keys.privateKey);
  }

  /** Trades the tool's signed assertion for an access token. */
  async #trade(form) {
    const keys = createRemoteJWKSet(new URL(`${this.tool}/lti/jwks`));
    await jwtVerify(form.get('client_assertion'), keys, {
      issuer: this.client,
      subject: this.client,
      audience: `${this.issuer}/token`,
    });
    const scope = form.get('scope');
    if (scope !== `${NRPS}/scope/contextmembership.readonly`) throw new Error(`this scope is not given: ${scope}`);
    return { access_token: this.#token, token_type: 'Bearer', expires_in: 3600, scope };
  }
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}
