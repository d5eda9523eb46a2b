// Every page: hydrates without a complaint, works without a script, and is accessible.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from '@playwright/test';
import { becomeOwner, deleteLab, expectCalm, makeLab, person, register } from './people.js';
import { startPortal } from './portal.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let portal;
let owner;
let lab;
let link;
test.beforeAll(async ({ browser }) => {
  portal = await startPortal('simulator');
  const page = await person(browser);
  await becomeOwner(page, portal);
  await makeLab(page, portal, { title: 'Networks', machines: 3 });
  lab = page.url();
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(page.locator('h1 .status')).toHaveText('Published');
  await page.getByRole('link', { name: /^Users/ }).click();
  await page.getByLabel('E-mail addresses').fill('ada@example.org\nmax@example.org');
  await page.getByRole('button', { name: 'Add to the list' }).click();
  await expect(page.getByRole('rowheader', { name: 'ada@example.org' })).toBeVisible();
  link = await page.getByRole('textbox', { name: 'Registration link' }).inputValue();
  owner = await page.context().storageState();
  expectCalm(page);
  await page.context().close();
});
test.afterAll(async () => {
  await portal?.close();
});

/** The pages of an educator, by name. */
const pages = {
  'my labs': () => `${portal.url}/labs`,
  'new lab': () => `${portal.url}/labs/new`,
  'deleted labs': () => `${portal.url}/labs/deleted`,
  template: () => lab,
  pool: () => `${lab}/pool`,
  users: () => `${lab}/users`,
  dashboard: () => `${lab}/dashboard`,
  schedule: () => `${lab}/schedule`,
  'new event': () => `${lab}/schedule?event=new`,
  activity: () => `${lab}/activity`,
  settings: () => `${lab}/settings`,
  'lab plan': () => `${portal.url}/plan`,
  people: () => `${portal.url}/people`,
  'who did what': () => `${portal.url}/audit`,
  'what may I do': () => `${portal.url}/access`,
  'learning platforms': () => `${portal.url}/platforms`,
  'roles of a lab': () => `${lab}/roles`,
  'users from a file': () => `${lab}/import`,
  invitations: () => `${lab}/invite`,
  'link for the class': () => `${lab}/join`,
  account: () => `${portal.url}/account`,
  'access tokens': () => `${portal.url}/account/tokens`,
  'REST API': () => `${portal.url}/account/api`,
  'my machines': () => `${portal.url}/machines`,
  'not found': () => `${portal.url}/nowhere`,
};

for (const [name, address] of Object.entries(pages)) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [390, 1440]) {
      test(`${name}, ${colorScheme}, ${width} px: calm, fits, accessible`, async ({ browser }) => {
        const page = await person(browser, { storageState: owner, colorScheme, viewport: { width, height: 900 } });
        await page.goto(address());
        await expect(page.locator('h1')).toBeVisible();
        await expectAccessible(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wide, 'the page must not scroll sideways').toBeLessThanOrEqual(0);
        expectCalm(page);
        await page.context().close();
      });
    }
  }
}

test('strangers’ pages are accessible, and a wrong link says so', async ({ browser }) => {
  const page = await person(browser);
  for (const address of [`${portal.url}/sign-in`, link, `${portal.url}/register/0000000000`]) {
    await page.goto(address);
    await expectAccessible(page);
  }
  await expect(page.getByText('This registration link does not work.')).toBeVisible();
  await page.goto(`${portal.url}/labs`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  expectCalm(page);
});

test('a refused form keeps what was typed and says what is wrong', async ({ browser }) => {
  const page = await person(browser, { storageState: owner });
  await visit(page, `${lab}/users`);
  await page.getByLabel('E-mail addresses').fill('eve@example.org\nnobody');
  await page.getByRole('button', { name: 'Add to the list' }).click();
  await expect(page.getByRole('alert')).toContainText('“nobody” is not an e-mail address');
  await expect(page.getByLabel('E-mail addresses')).toHaveValue('eve@example.org\nnobody');
  await visit(page, `${portal.url}/labs/new`);
  await page.getByLabel('Name', { exact: true }).fill('networks!');
  await page.getByLabel('Password', { exact: true }).first().fill('correct horse');
  await page.getByRole('button', { name: 'Make the lab' }).click();
  await expect(page.getByRole('alert')).toContainText('There is already a lab named “Networks”');
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('networks!');
  expectCalm(page);
});

test('two educators’ windows show the same without a reload', async ({ browser }) => {
  const one = await person(browser, { storageState: owner });
  const other = await person(browser, { storageState: owner });
  await visit(one, `${lab}/pool`);
  await visit(other, `${lab}/pool`);
  await one.getByRole('button', { name: 'Start all' }).click();
  await expect(other.locator('tbody .status[data-state=running]')).toHaveCount(3);
  await other.getByLabel('Select all').check();
  await other.locator('.selection-bar').getByRole('button', { name: 'Stop' }).click();
  await expect(one.locator('tbody .status[data-state=stopped]')).toHaveCount(3);
  expectCalm(one);
  expectCalm(other);
});

test('a deleted lab is brought back, with its list', async ({ browser }) => {
  const page = await person(browser, { storageState: owner });
  await page.goto(lab);
  await deleteLab(page, 'Networks');
  await expect(page.getByText('4 machines, 2 users')).toBeVisible();
  await expectAccessible(page);
  await page.goto(`${portal.url}/labs`);
  await page.getByRole('link', { name: '1 deleted lab can still be brought back' }).click();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.waitForURL(lab);
  await page.getByRole('link', { name: /^Users/ }).click();
  await expect(page.getByRole('rowheader', { name: 'max@example.org' })).toBeVisible();
  expectCalm(page);
});

test('without a script: register, start, stop, sign out and in', async ({ browser }) => {
  const page = await person(browser, { javaScriptEnabled: false });
  await register(page, link, 'Ada Lovelace', 'ada@example.org');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('link', { name: 'Connect' })).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.locator('summary.account-button').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password').fill('not my password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('The e-mail address or the password is not right.')).toBeVisible();
  expect(page.url()).not.toContain('__err');
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password').fill('my own password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/machines');
});

test('a student sees only what is theirs', async ({ browser }) => {
  const page = await person(browser);
  await register(page, link, 'Max Planck', 'max@example.org');
  for (const address of [lab, `${lab}/pool`, `${lab}/users`, `${lab}/settings`]) {
    const answer = await page.goto(address);
    expect(answer.status()).toBe(404);
  }
  const answer = await page.goto(`${portal.url}/labs/new`);
  expect(answer.status()).toBe(403);
});

/** Opens a page and waits until the script has taken it over: it then listens for changes. */
async function visit(page, address) {
  await Promise.all([page.waitForRequest(/\/events\//), page.goto(address)]);
}

async function expectAccessible(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`);
  });
  expect(found).toEqual([]);
}
