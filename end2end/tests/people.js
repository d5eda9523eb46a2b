// People in browsers of their own. Whatever a page prints to the console as an error fails the test.
import { expect } from '@playwright/test';

/** A person's browser. */
export async function person(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    // A refusal is part of some stories; the browser prints its status by itself.
    const refusal = /the server responded with a status of 4\d\d/.test(message.text());
    // Nor is it the page's fault when a busy machine takes seconds to compile what was preloaded.
    const slow = /was preloaded using link preload but not used within a few seconds/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !refusal && !slow) page.complaints.push(message.text());
  });
  return page;
}

/** Nothing on this page went wrong behind the scenes. */
export function expectCalm(page) {
  expect(page.complaints, 'the console must stay empty').toEqual([]);
}

/** Makes the owner's account by the one-time link. */
export async function becomeOwner(page, portal, name = 'Grace Hopper', email = 'grace@example.org') {
  await page.goto(await portal.ownerLink());
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill('a few words in a row');
  await page.getByRole('button', { name: 'Create the owner’s account' }).click();
  await page.waitForURL('**/labs');
}

/** Makes a lab; leaves the page at its template. */
export async function makeLab(page, portal, { title, machines, password = 'correct horse' }) {
  await page.goto(`${portal.url}/labs/new`);
  await page.getByLabel('Name', { exact: true }).fill(title);
  await page.getByLabel('Number of virtual machines').fill(String(machines));
  await page.getByLabel('Password', { exact: true }).first().fill(password);
  await page.getByRole('button', { name: 'Make the lab' }).click();
  await page.waitForURL(/\/labs\/[0-9a-f-]{36}$/);
}

/** Deletes the lab that the page is about; leaves the page at the deleted labs. */
export async function deleteLab(page, title) {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.locator('summary', { hasText: 'Delete the lab' }).click();
  await page.getByLabel('Type the lab’s name to confirm').fill(title);
  await page.getByRole('button', { name: 'Delete the lab' }).click();
  await page.waitForURL('**/labs/deleted');
}

/** Redeems a registration link with a new account. */
export async function register(page, link, name, email) {
  await page.goto(link);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail').first().fill(email);
  await page.getByLabel('Choose a password').fill('my own password');
  await page.getByRole('button', { name: 'Create my account' }).click();
  await page.getByRole('button', { name: 'Register for this lab' }).click();
  await page.waitForURL('**/machines');
}

/** Sends a form of a page that is loaded anew when the form is done, and waits until it is. */
export async function save(page, button) {
  const anew = page.waitForEvent('load');
  await page.getByRole('button', { name: button }).click();
  await anew;
}

/** Waits for the terminal's shell. */
export async function shell(page) {
  await page.locator('[data-terminal-status][data-state=connected]').waitFor();
  await expect(page.locator('.xterm-rows')).toContainText('$');
}

/** Types a command and waits until its own end mark is printed; returns what it printed. */
export async function type(page, command) {
  page.commands = (page.commands ?? 0) + 1;
  const mark = `end-${1000 + page.commands}`;
  await page.locator('.xterm-helper-textarea').focus();
  // The sum keeps the typed line from looking like the printed mark.
  await page.keyboard.type(`clear; ${command}; echo end-$((1000+${page.commands}))\n`);
  const rows = page.locator('.xterm-rows');
  await expect(rows).toContainText(mark);
  const text = await rows.innerText();
  const lines = text.replaceAll('\u00a0', ' ').split('\n').map((line) => line.trimEnd());
  return lines.slice(0, lines.indexOf(mark)).filter(Boolean);
}
