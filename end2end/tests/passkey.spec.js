// Passkeys in a real browser, whose device is a virtual one: added, used by the button and by the browser's own list,
// removed; and every way in which it does not go well.
import { expect, test } from '@playwright/test';
import { becomeOwner, expectCalm, person } from './people.js';
import { startPortal } from './portal.js';

let portal;

test.beforeAll(async () => {
  // Browsers keep passkeys for names, not for numbers.
  const named = (url) => url.replace('127.0.0.1', 'localhost');
  portal = await startPortal('simulator', (url) => `public-url = "${named(url)}"\n`);
  portal.number = portal.url;
  portal.url = named(portal.url);
});
test.afterAll(() => portal?.close());

/** A device that keeps passkeys, and asks its owner each time. */
async function withDevice(page) {
  const wire = await page.context().newCDPSession(page);
  await wire.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true };
  const { authenticatorId } = await wire.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
  const set = (what, more) => wire.send(`WebAuthn.${what}`, { authenticatorId, ...more });
  return {
    /** Whether the owner is recognised when asked. */
    recognises: (isUserVerified) => set('setUserVerified', { isUserVerified }),
    keys: async () => (await set('getCredentials')).credentials,
  };
}

const passkeys = (page) => page.getByRole('region', { name: 'Passkeys' });

async function addPasskey(page, name) {
  await page.goto(`${portal.url}/account`);
  await passkeys(page).getByLabel('Name of a new passkey').fill(name);
  await passkeys(page).getByLabel('Your password').fill('a few words in a row');
  await passkeys(page).getByRole('button', { name: 'Add a passkey' }).click();
}

async function signOut(page) {
  await page.context().clearCookies();
  await page.goto(`${portal.url}/sign-in?next=/account`);
}

test('a passkey is added, signs in, is told in the list of sessions, and is removed', async ({ browser }) => {
  const page = await person(browser);
  // By the button only: what the browser offers by itself is another story.
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
  const device = await withDevice(page);
  await becomeOwner(page, portal);
  await page.goto(`${portal.url}/account`);
  await expect(passkeys(page).getByLabel('Name of a new passkey')).toHaveValue(/Chrome/);

  // A passkey without a name is not made.
  await addPasskey(page, ' ');
  await expect(passkeys(page).getByText('A passkey’s name must not be empty.')).toBeVisible();
  expect(await device.keys()).toHaveLength(0);

  // Nor by whoever only sits at this session.
  await passkeys(page).getByLabel('Name of a new passkey').fill('My laptop');
  await passkeys(page).getByLabel('Your password').fill('a guess');
  await passkeys(page).getByRole('button', { name: 'Add a passkey' }).click();
  await expect(passkeys(page).getByText('This is not your password.')).toBeVisible();
  await expect(passkeys(page).getByLabel('Your password')).toBeFocused();
  expect(await device.keys()).toHaveLength(0);

  await addPasskey(page, 'My laptop');
  const line = passkeys(page).getByRole('listitem').filter({ hasText: 'My laptop' });
  await expect(line.getByText('never used')).toBeVisible();
  const [key] = await device.keys();
  expect(key.rpId).toBe('localhost');
  expect(key.isResidentCredential).toBe(true);

  // The device has one already.
  await addPasskey(page, 'Once more');
  await expect(passkeys(page).getByText('This device has a passkey for your account already.')).toBeVisible();
  expect(await device.keys()).toHaveLength(1);

  await signOut(page);
  const button = page.getByRole('button', { name: 'Sign in with a passkey' });
  await button.click();
  await page.waitForURL('**/account');
  const sessions = page.getByRole('region', { name: 'Where you are signed in' });
  await expect(sessions.getByRole('listitem').filter({ hasText: 'This one' })).toContainText('by passkey “My laptop”');
  await expect(line.getByText('last used')).toBeVisible();

  await line.getByRole('button', { name: 'Remove My laptop' }).click();
  await expect(line).toHaveCount(0);
  expectCalm(page);

  // The device does not know that it was removed.
  await signOut(page);
  await button.click();
  await expect(page.getByText('This passkey does not sign in here.')).toBeVisible();
  await expect(button).not.toHaveAttribute('aria-busy');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('the browser offers a passkey by itself where an address is typed', async ({ browser }) => {
  const page = await person(browser);
  const device = await withDevice(page);
  await page.goto(`${portal.url}/sign-in`);
  await page.getByLabel('E-mail').fill('grace@example.org');
  await page.getByLabel('Password').fill('a few words in a row');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/labs');
  await addPasskey(page, 'Phone');
  await expect(passkeys(page).getByRole('listitem').filter({ hasText: 'Phone' })).toBeVisible();
  expect(await device.keys()).toHaveLength(1);
  // The virtual device takes what the browser lists as if it had been chosen there.
  await page.context().clearCookies();
  await page.goto(`${portal.url}/sign-in?next=/account`);
  await page.waitForURL('**/account');
  await expect(page.getByText('by passkey “Phone”')).toBeVisible();
  expectCalm(page);
});

test('whoever the device does not recognise hears it, and tries again', async ({ browser }) => {
  const page = await person(browser);
  const device = await withDevice(page);
  await page.goto(`${portal.url}/sign-in`);
  await device.recognises(false);
  const button = page.getByRole('button', { name: 'Sign in with a passkey' });
  await button.click();
  await expect(page.getByText('No passkey was used')).toBeVisible();
  await expect(button).not.toHaveAttribute('aria-busy');

  await page.getByLabel('E-mail').fill('grace@example.org');
  await page.getByLabel('Password').fill('a few words in a row');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/labs');
  await addPasskey(page, 'Tablet');
  await expect(passkeys(page).getByText('No passkey was added')).toBeVisible();
  await device.recognises(true);
  await passkeys(page).getByRole('button', { name: 'Add a passkey' }).click();
  await expect(passkeys(page).getByRole('listitem').filter({ hasText: 'Tablet' })).toBeVisible();
  expectCalm(page);
});

test('nothing is shown where passkeys cannot be used', async ({ browser }) => {
  const plain = await person(browser, { javaScriptEnabled: false });
  const old = await person(browser);
  await old.addInitScript(() => delete window.PublicKeyCredential);
  const elsewhere = await person(browser);
  const modern = await person(browser);
  for (const [page, address, shown] of [
    [plain, portal.url, false],
    [old, portal.url, false],
    // Reached by its number, which is not what passkeys are for.
    [elsewhere, portal.number, false],
    [modern, portal.url, true],
  ]) {
    await page.goto(`${address}/sign-in`, { waitUntil: 'networkidle' });
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
    await expect(page.getByText('passkey')).toBeVisible({ visible: shown });
    expectCalm(page);
  }
});
