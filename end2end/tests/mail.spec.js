// What people are sent by mail, through a real mail server that demands TLS and a password: a link for a forgotten
// password, an invitation to a lab, one by a role; and a mail server that is away, or refuses.
import { execFileSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import { MailServer, link } from './mailbox.js';
import { becomeOwner, expectCalm, makeLab, person } from './people.js';
import { startPortal } from './portal.js';

const PASSWORD = 'a few words in a row';

/** Who owns a portal that these tests have to themselves. */
const GRACE = 'grace@school.example';

let post;
let portal;
let grace;
let api;

/** A portal that sends by `server`, and its owner in a browser. */
async function begin(browser, server) {
  const made = await startPortal('simulator', () => server.settings());
  const owner = await person(browser);
  await becomeOwner(owner, made, 'Grace Hopper', GRACE);
  return [made, owner, programOf(made)];
}

/** A program of the owner's, for what the pages have no button for yet. */
function programOf(portal) {
  const command = (...words) => {
    const told = execFileSync(portal.binary, ['admin', ...words, '--data-dir', portal.data], {
      cwd: portal.data,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return told.toString().trim();
  };
  const token = command('token', GRACE, '--name', 'Tests');
  const [, subscription] = command('principal', 'Tests').match(/AZURE_SUBSCRIPTION_ID=(\S+)/);
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const program = async (method, path, body) => {
    const address = `${portal.url}${path}?api-version=2023-06-07`;
    const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  return Object.assign(program, { subscription });
}

/** Makes a lab with these people on its list, who have machines. */
async function makeClass(page, portal, title, emails) {
  await makeLab(page, portal, { title, machines: 2 });
  const lab = page.url();
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(page.locator('h1 .status')).toHaveText('Published');
  await page.getByRole('link', { name: /^Users/ }).click();
  await page.getByLabel('E-mail addresses').fill(emails.join('; '));
  await page.getByRole('button', { name: 'Add to the list' }).click();
  await expect(page.getByRole('rowheader', { name: emails[0] })).toBeVisible();
  return lab;
}

/** Invites somebody on a lab's list. */
async function invite(api, title, email, text) {
  const labs = await api('GET', `/subscriptions/${api.subscription}/providers/Microsoft.LabServices/labs`);
  const lab = labs.value.find((one) => one.properties.title === title);
  const users = await api('GET', `${lab.id}/users`);
  const user = users.value.find((one) => one.properties.email === email);
  await api('POST', `${user.id}/invite`, { text });
  return async () => (await api('GET', user.id)).properties.invitationState;
}

async function signIn(page, email, password) {
  await page.goto(`${portal.url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test.beforeAll(async ({ browser }) => {
  post = await MailServer.away();
  await post.start();
  [portal, grace, api] = await begin(browser, post);
});
test.afterAll(async () => {
  await portal?.close();
  await post?.close();
});

test('a forgotten password is replaced by a link from the mail, once, and every session ends', async ({ browser }) => {
  const page = await person(browser);
  await page.goto(await invitedByRole('ada@school.example'));
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set the password and go on' }).click();
  await page.waitForURL('**/labs');

  const forgetful = await person(browser);
  await forgetful.goto(`${portal.url}/sign-in`);
  await forgetful.getByRole('link', { name: 'Forgot your password?' }).click();
  await forgetful.getByLabel('E-mail').fill('ada@school.example');
  await forgetful.getByRole('button', { name: 'Send the link' }).click();
  await expect(forgetful.getByRole('heading', { name: 'Look into your mailbox' })).toBeVisible();
  const mail = await post.next('ada@school.example');
  expect(mail.subject).toBe('A new password for Lectern');
  expect(mail.from.text).toBe('"Lectern" <labs@school.example>');
  expect(link(mail)).toMatch(new RegExp(`^${portal.url}/welcome/\\w+$`));

  // What anybody would try first is not taken, and the link still works.
  await forgetful.goto(link(mail));
  await expect(forgetful.getByRole('heading', { name: 'A new password' })).toBeVisible();
  await expect(forgetful.getByLabel('E-mail')).toHaveValue('ada@school.example');
  // She has a name, and is not asked for one.
  await expect(forgetful.getByLabel('Your name')).toHaveCount(0);
  await forgetful.getByLabel('Password').fill('Password123');
  await forgetful.getByRole('button', { name: 'Set the password and go on' }).click();
  await expect(forgetful.getByText('Many people have this password')).toBeVisible();
  await forgetful.getByLabel('Password').fill('entirely different words');
  await forgetful.getByRole('button', { name: 'Set the password and go on' }).click();
  await forgetful.waitForURL('**/labs');
  expectCalm(forgetful);

  // Who was signed in is not any more.
  await page.goto(`${portal.url}/labs`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.goto(link(mail));
  await expect(page.getByText('This link does not work.')).toBeVisible();
  await signIn(page, 'ada@school.example', PASSWORD);
  await expect(page.getByText('The e-mail address or the password is not right.')).toBeVisible();
  await signIn(page, 'ada@school.example', 'entirely different words');
  await page.waitForURL('**/labs');
});

/** Gives somebody a role before they have come; the link that they are sent. */
async function invitedByRole(email) {
  await grace.goto(`${portal.url}/people`);
  await grace.getByLabel('E-mail').fill(email);
  await grace.getByLabel('Role', { exact: true }).selectOption('lab-creator');
  await grace.getByRole('button', { name: 'Give the role' }).click();
  const mail = await post.next(email);
  expect(mail.subject).toBe('Your account at Lectern');
  expect(mail.text).toContain('Grace Hopper gave you a role');
  return link(mail);
}

test('nobody without an account is sent anything, and hears the same', async ({ browser }) => {
  const page = await person(browser);
  await page.goto(`${portal.url}/sign-in/forgot`);
  await page.getByLabel('E-mail').fill('nobody@school.example');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByRole('heading', { name: 'Look into your mailbox' })).toBeVisible();
  // A mail that is written after it is out, and the other is not.
  await page.goto(`${portal.url}/sign-in/forgot`);
  await page.getByLabel('E-mail').fill(GRACE);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByRole('heading', { name: 'Look into your mailbox' })).toBeVisible();
  await post.next(GRACE);
  expect(post.unread).toBe(0);
});

test('who was given a role comes by the mail, and has it', async ({ browser }) => {
  const welcome = await invitedByRole('max@school.example');
  const line = grace.getByRole('listitem').filter({ hasText: 'max@school.example' });
  await expect(line.getByText('Expected')).toBeVisible();
  const page = await person(browser);
  await page.goto(welcome);
  await page.getByLabel('Your name').fill('Max Planck');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set the password and go on' }).click();
  await page.waitForURL('**/labs');
  await expect(page.getByRole('link', { name: 'New lab' }).first()).toBeVisible();
  expectCalm(page);
  await grace.goto(`${portal.url}/people`);
  await expect(grace.getByRole('listitem').filter({ hasText: 'Max Planck' }).getByText('Lab Creator')).toBeVisible();
  expectCalm(grace);
});

test('an invitation to a lab is received and redeemed', async ({ browser }) => {
  const lab = await makeClass(grace, portal, 'Orchids', ['mia@school.example']);
  const state = await invite(api, 'Orchids', 'mia@school.example', 'We begin on Monday, at nine – sharp.');
  const mail = await post.next('mia@school.example');
  expect(mail.subject).toBe('Register for the lab Orchids');
  expect(mail.text).toContain('Grace Hopper invites you to the lab “Orchids”.');
  expect(mail.text).toContain('We begin on Monday, at nine – sharp.');
  await expect.poll(state).toBe('Sent');
  await expectUser(grace, lab, 'mia@school.example', 'Invited');

  const page = await person(browser, { viewport: { width: 390, height: 844 } });
  await page.goto(link(mail));
  const create = async (password) => {
    await page.getByLabel('Your name').fill('Mia');
    await expect(page.getByLabel('E-mail')).toHaveValue('mia@school.example');
    await page.getByLabel('Choose a password').fill(password);
    await page.getByRole('button', { name: 'Create my account' }).click();
  };
  // Her address is no password.
  await create('mia@school.example');
  await expect(page.getByText('This password is your name, your address')).toBeVisible();
  await create('my own password');
  await page.getByRole('button', { name: 'Register for this lab' }).click();
  await page.waitForURL('**/machines');
  await expect(page.getByText('Orchids').first()).toBeVisible();
  expectCalm(page);
});

test('who has only the link shows first that the mailbox is theirs', async ({ browser }) => {
  const lab = await makeClass(grace, portal, 'Lichens', ['zoe@school.example', 'mia@school.example']);
  await grace.goto(`${lab}/users`);
  const code = await grace.getByRole('textbox', { name: 'Registration link' }).inputValue();
  const page = await person(browser);
  const ask = async (email) => {
    await page.goto(code);
    await page.getByLabel('E-mail').first().fill(email);
    await page.getByRole('button', { name: 'Send me the link' }).click();
    await expect(page.getByText('Look into your mailbox')).toBeVisible();
  };
  // Whoever is not on the list hears the same, and is sent nothing.
  await ask('stranger@school.example');
  // Mia has an account: her mail leads to signing in.
  await ask('mia@school.example');
  const known = await post.next('mia@school.example');
  expect(known.text).toContain('There is an account for it already.');
  expect(link(known)).toBe(code);
  await ask('zoe@school.example');
  const mail = await post.next('zoe@school.example');
  expect(post.unread).toBe(0);
  await page.goto(link(mail));
  await page.getByLabel('Your name').fill('Zoe');
  await page.getByLabel('Choose a password').fill('some words of mine');
  await page.getByRole('button', { name: 'Create my account' }).click();
  await page.getByRole('button', { name: 'Register for this lab' }).click();
  await page.waitForURL('**/machines');
  // The link in the mail leads to the machine from now on.
  await page.goto(link(mail));
  await expect(page.getByText('You are registered for this lab.')).toBeVisible();
  expectCalm(page);
});

/** What the list of users says of somebody. */
async function expectUser(page, lab, email, words) {
  await page.goto(`${lab}/users`);
  await expect(page.getByRole('row').filter({ hasText: email })).toContainText(words);
}

test('what the mail server refuses is told in the list of users', async () => {
  post.refused.set('gone@school.example', 'No such mailbox here');
  const lab = await makeClass(grace, portal, 'Mosses', ['gone@school.example']);
  await expectUser(grace, lab, 'gone@school.example', 'Not registered');
  const state = await invite(api, 'Mosses', 'gone@school.example', '');
  await expect.poll(state).toBe('Failed');
  await expectUser(grace, lab, 'gone@school.example', 'Invitation not delivered');
  // Whoever runs the portal finds the server's own words.
  expect(portal.log).toContain('No such mailbox here');
  expect(post.unread).toBe(0);
  expectCalm(grace);
});

test('a mail server that is away gets the mail once it is back', async ({ browser }) => {
  const late = await MailServer.away();
  const [elsewhere, owner, program] = await begin(browser, late);
  try {
    const lab = await makeClass(owner, elsewhere, 'Ferns', ['tom@school.example']);
    const state = await invite(program, 'Ferns', 'tom@school.example', '');
    await expect.poll(() => elsewhere.log).toContain('a mail is not out yet and will be tried again');
    expect(await state()).toBe('Sending');
    await expectUser(owner, lab, 'tom@school.example', 'Invitation on its way');

    await late.start();
    // It is tried again a minute or two after it did not go out.
    const mail = await late.next('tom@school.example');
    expect(mail.subject).toBe('Register for the lab Ferns');
    await expect.poll(state).toBe('Sent');
    await expectUser(owner, lab, 'tom@school.example', 'Invited');
    expect(late.unread).toBe(0);
    expectCalm(owner);
  } finally {
    await elsewhere.close();
    await late.close();
  }
});
