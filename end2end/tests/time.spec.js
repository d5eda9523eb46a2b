// Hours, classes and unused machines, on real machines and real clocks.
import { expect, test } from '@playwright/test';
import { becomeOwner, expectCalm, makeLab, person, register, save, shell } from './people.js';
import { startPortal } from './portal.js';

let portal;
test.beforeAll(async () => {
  portal = await startPortal('incus');
});
test.afterAll(async () => {
  await portal?.close();
});

/** A time of day, in UTC, as a form takes it. */
function clock(time) {
  return new Date(time).toISOString().slice(11, 16);
}

/** The next full minute that leaves time to fill a form in. */
function soon() {
  return Math.ceil((Date.now() + 20_000) / 60_000) * 60_000;
}

test('hours run out, classes begin and end, and unused machines stop', async ({ browser }) => {
  const utc = { timezoneId: 'UTC' };
  const grace = await person(browser, { ...utc, viewport: { width: 1440, height: 900 } });
  await becomeOwner(grace, portal);
  await makeLab(grace, portal, { title: 'Statistics', machines: 2 });
  const lab = grace.url();
  await grace.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(grace.locator('h1 .status')).toHaveText('Published');

  // A minute for everyone.
  await grace.getByRole('link', { name: /^Users/ }).click();
  await grace.locator('summary', { hasText: 'Change' }).first().click();
  await grace.getByLabel('Hours for each user').fill('1 min');
  await grace.getByRole('button', { name: 'Save the quota' }).click();
  await grace.getByLabel('E-mail addresses').fill('ada@example.org');
  await grace.getByRole('button', { name: 'Add to the list' }).click();
  await expect(grace.getByRole('rowheader', { name: 'ada@example.org' })).toBeVisible();
  const link = await grace.getByRole('textbox', { name: 'Registration link' }).inputValue();

  // Ada is warned while she works, stopped when the minute is over, and told why she cannot start.
  const ada = await person(browser, { ...utc, viewport: { width: 390, height: 844 } });
  await register(ada, link, 'Ada Lovelace', 'ada@example.org');
  await ada.getByRole('button', { name: 'Start', exact: true }).click();
  await ada.getByRole('link', { name: 'Connect' }).click();
  await shell(ada);
  await expect(ada.locator('[data-terminal-notice]')).toContainText('quota');
  await expect(ada.locator('[data-terminal-status]')).toHaveAttribute('data-state', 'ended');
  await ada.goto(`${portal.url}/machines`);
  await expect(ada.locator('.machine .status')).toHaveText('Stopped');
  await expect(ada.getByRole('button', { name: 'Start', exact: true })).toBeDisabled();
  await expect(ada.locator('.machine-why')).toContainText('used up');
  await ada.getByRole('link', { name: /usage/i }).first().click();
  await expect(ada.getByText('1 min', { exact: false }).first()).toBeVisible();

  // Five minutes more from her educator, and she goes on.
  await grace.getByRole('row', { name: /ada@example.org/ }).getByLabel(/^More for/).click();
  await grace.getByLabel('Additional hours').fill('5 min');
  await grace.getByRole('button', { name: 'Adjust quota' }).click();
  await ada.goto(`${portal.url}/machines`);
  await expect(ada.getByRole('button', { name: 'Start', exact: true })).toBeEnabled();

  // Nobody comes to a machine that was started: it stops, and says so.
  await grace.getByRole('link', { name: 'Settings' }).click();
  await grace.getByLabel('When users do not connect').check();
  await grace.locator('[name=no_connect_delay]').fill('1');
  await save(grace, 'Save the rules');
  await expect(grace.getByLabel('When users do not connect')).toBeChecked();
  await ada.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(ada.locator('.machine .status')).toHaveText('Running');
  await expect(ada.locator('.notices')).toContainText('here');
  await expect(ada.locator('.machine .status')).toHaveText('Stopped', { timeout: 120_000 });
  await expect(ada.locator('.machine-note')).toContainText('connect');

  // A class of a minute starts her machine, not the one that nobody has, and stops them all.
  await grace.getByRole('link', { name: 'Settings' }).click();
  await grace.getByLabel('When users do not connect').uncheck();
  await save(grace, 'Save the rules');
  await expect(grace.getByLabel('When users do not connect')).not.toBeChecked();
  await grace.goto(`${lab}/schedule?event=new`);
  const start = soon();
  await grace.getByLabel('Date', { exact: true }).first().fill(new Date(start).toISOString().slice(0, 10));
  await grace.getByLabel('Start', { exact: true }).fill(clock(start));
  await grace.getByLabel('Stop', { exact: true }).fill(clock(start + 60_000));
  await grace.locator('[name=zone]').selectOption('UTC');
  await grace.locator('#event').getByRole('button', { name: 'Save' }).click();
  await grace.waitForURL(/schedule\?week=/);
  await grace.goto(`${lab}/pool`);
  const spare = grace.getByRole('row', { name: /Nobody yet/ });
  const hers = grace.getByRole('row', { name: /Ada Lovelace/ });
  await expect(hers.locator('.status')).toHaveText('Running', { timeout: 120_000 });
  await expect(spare.locator('.status')).toHaveText('Stopped');
  // Her educator starts the other one by hand; the end of class stops both.
  await spare.getByRole('button', { name: /^Start/ }).click();
  await expect(spare.locator('.status')).toHaveText('Running');
  await expect(ada.locator('.machine .status')).toHaveText('Running');
  await expect(ada.locator('.machine .status')).toHaveText('Stopped', { timeout: 180_000 });
  await expect(ada.locator('.machine-note')).toContainText('schedule');
  await expect(spare.locator('.status')).toHaveText('Stopped');
  expectCalm(ada);
  expectCalm(grace);
});
