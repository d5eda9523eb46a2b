// Signing in by a real OpenID provider, and with a password that is changed, forgotten and found again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { becomeOwner, expectCalm, person } from './people.js';
import { startPortal } from './portal.js';
import { CLIENT, School, newKey, signInThere } from './provider.js';

let school;
let portal;

test.beforeAll(async () => {
  school = await School.open();
  portal = await startPortal('simulator', (_, data) => {
    const secret = join(data, 'secret');
    writeFileSync(secret, CLIENT.secret, { mode: 0o600 });
    return school.settings(secret);
  });
  school.people = {
    ada: { email: 'ada@school.example', email_verified: true, name: 'Ada Lovelace' },
    grace: { email: 'grace@example.org', email_verified: true, name: 'Grace Hopper' },
    eve: { email: 'victim@school.example', email_verified: false, name: 'Eve' },
  };
  await school.start(portal.url, [newKey('first')]);
});
test.afterAll(async () => {
  await portal?.close();
  await school?.stop();
});

/** Chooses the provider on the sign-in page, wherever that leads. */
async function choose(page, path = '/sign-in') {
  await page.goto(`${portal.url}${path}`);
  await page.getByRole('link', { name: 'Sign in with School account' }).click();
}

test('somebody new comes by the school’s account, and comes again after its keys were changed', async ({ browser }) => {
  const page = await person(browser);
  await choose(page, '/sign-in?next=/account');
  await signInThere(page, 'ada');
  await page.waitForURL('**/account');
  await expect(page.getByText('Ada Lovelace · ada@school.example')).toBeVisible();
  await expect(page.getByText('by School account')).toBeVisible();
  expectCalm(page);

  await school.start(portal.url, [newKey('second')]);
  // The portal asks for keys again only a while after it asked last, so that nobody can have it ask all the time.
  await expect(async () => {
    const again = await person(browser);
    await choose(again);
    await signInThere(again, 'ada');
    await again.waitForURL('**/machines', { timeout: 5000 });
    await again.context().close();
  }).toPass();
});

test('an address that the school does not vouch for opens nothing', async ({ browser }) => {
  const page = await person(browser);
  await choose(page);
  await signInThere(page, 'eve');
  await page.waitForURL('**/sign-in');
  await expect(page.getByText('does not vouch for an e-mail address')).toBeVisible();
  await page.goto(`${portal.url}/machines`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test('who says no at the school comes back to the sign-in page, and an old way back leads nowhere', async ({ browser }) => {
  const page = await person(browser);
  await choose(page);
  await page.getByRole('link', { name: /cancel/i }).click();
  await page.waitForURL('**/sign-in');
  await expect(page.getByText('“School account” did not sign you in')).toBeVisible();
  await page.goto(`${portal.url}/sign-in/by/school/back?state=x&code=y`);
  await expect(page.getByText('was not begun in this browser')).toBeVisible();
});

test('an account with a password is linked once its password is typed, and unlinked again', async ({ browser }) => {
  const page = await person(browser);
  await becomeOwner(page, portal);
  const other = await person(browser);
  await choose(other);
  await signInThere(other, 'grace');
  await other.waitForURL('**/sign-in/prove');
  await other.getByLabel('Password').fill('not her password');
  await other.getByRole('button', { name: 'Link them and sign in' }).click();
  await expect(other.getByText('This is not the account’s password.')).toBeVisible();
  await other.getByLabel('Password').fill('a few words in a row');
  await other.getByRole('button', { name: 'Link them and sign in' }).click();
  await other.waitForURL('**/labs');
  expectCalm(other);

  await page.goto(`${portal.url}/account`);
  await expect(page.getByText('grace@example.org · last used')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem')).toHaveCount(2);

  // The other one is ended from here, and is out at once.
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem')).toHaveCount(1);
  await other.goto(`${portal.url}/labs`);
  await expect(other).toHaveURL(/\/sign-in\?next=/);

  await page.getByRole('button', { name: 'Unlink' }).click();
  await expect(page.getByText('Not linked')).toBeVisible();
  // Linked again from here, where both are proven: the password is asked for.
  await page.getByLabel('Your password, to link an account').fill('not her password');
  await page.getByRole('button', { name: 'Link School account' }).click();
  await expect(page.getByText('This is not your password.')).toBeVisible();
  await page.getByLabel('Your password, to link an account').fill('a few words in a row');
  await page.getByRole('button', { name: 'Link School account' }).click();
  await signInThere(page, 'grace');
  await page.waitForURL('**/account');
  await expect(page.getByRole('button', { name: 'Unlink' })).toBeVisible();
  expectCalm(page);
});

/** Grace, who owns the installation, in a new browser. */
async function signIn(browser, password) {
  const page = await person(browser);
  await page.goto(`${portal.url}/sign-in`);
  await page.getByLabel('E-mail').fill('grace@example.org');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/labs');
  return page;
}

test('a changed password ends every other session', async ({ browser }) => {
  const one = await signIn(browser, 'a few words in a row');
  const other = await signIn(browser, 'a few words in a row');
  await one.goto(`${portal.url}/account`);
  await one.getByLabel('Your password until now').fill('a few words in a row');
  await one.getByLabel('New password').fill('entirely different words');
  await one.getByRole('button', { name: 'Change the password' }).click();
  await expect(one.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem')).toHaveCount(1);
  await other.goto(`${portal.url}/labs`);
  await expect(other).toHaveURL(/\/sign-in\?next=/);
  await signIn(browser, 'entirely different words');
});

test('roles are given and taken, and an account that is switched off is out at once', async ({ browser }) => {
  const owner = await signIn(browser, 'entirely different words');
  const ada = await person(browser);
  await choose(ada);
  await signInThere(ada, 'ada');
  await ada.waitForURL('**/machines');
  await expect(ada.getByRole('link', { name: 'My labs' })).toHaveCount(0);

  const give = async (email, role) => {
    await owner.goto(`${portal.url}/people`);
    await owner.getByLabel('E-mail').fill(email);
    await owner.getByLabel('Role', { exact: true }).selectOption(role);
    await owner.getByRole('button', { name: 'Give the role' }).click();
  };
  const line = (name) => owner.getByRole('region', { name: 'People', exact: true }).getByRole('listitem').filter({ hasText: name });
  await give('ada@school.example', 'lab-creator');
  await expect(line('Ada Lovelace').getByText('Lab Creator')).toBeVisible();
  await give('new@school.example', 'lab-assistant');
  await expect(line('new@school.example').getByText('Expected')).toBeVisible();
  await give('ada@school.example', 'lab-creator');
  await expect(owner.getByText('ada@school.example is Lab Creator of the whole installation already.')).toBeVisible();

  await ada.goto(`${portal.url}/labs`);
  await expect(ada.getByRole('link', { name: 'New lab' })).toBeVisible();
  await owner.getByRole('button', { name: 'Take Lab Creator from Ada Lovelace' }).click();
  await expect(line('Ada Lovelace').getByText('Lab Creator')).toHaveCount(0);
  expect((await ada.goto(`${portal.url}/labs/new`)).status()).toBe(403);

  await owner.getByLabel('More about Ada Lovelace').click();
  await owner.getByRole('button', { name: 'Switch the account off' }).click();
  await expect(line('Ada Lovelace').getByText('Switched off')).toBeVisible();
  await ada.goto(`${portal.url}/machines`);
  await expect(ada).toHaveURL(/\/sign-in\?next=/);
  await choose(ada);
  await expect(ada.getByText('Your account is switched off.')).toBeVisible();

  // Somebody must own the installation.
  await owner.getByRole('button', { name: /^Take Owner from Grace/ }).click();
  await expect(owner.getByText('Nobody would own this installation any more.')).toBeVisible();
  expectCalm(owner);
});
