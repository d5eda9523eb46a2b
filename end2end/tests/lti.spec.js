// A course of a learning platform and its lab: the teacher links them, students come out of the platform's frame, and
// the list follows the course.
import { expect, test } from '@playwright/test';
import { becomeOwner, expectCalm, makeLab, person, save } from './people.js';
import { Platform } from './platform.js';
import { startPortal } from './portal.js';

let portal;
let platform;
let teacher;
let lab;

test.beforeAll(async ({ browser }) => {
  portal = await startPortal('simulator');
  platform = await Platform.open(portal.url);
  platform.people = {
    grace: { name: 'Grace Hopper', email: 'grace@school.example', role: 'Instructor' },
    ada: { name: 'Ada Lovelace', email: 'ada@school.example', role: 'Learner' },
  };
  teacher = await person(browser);
  await becomeOwner(teacher, portal, 'Grace Hopper', 'grace@school.example');
  await makeLab(teacher, portal, { title: 'Orchids', machines: 2 });
  lab = teacher.url();
  await teacher.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(teacher.locator('h1 .status')).toHaveText('Published');
});
test.afterAll(async () => {
  await portal?.close();
  await platform?.close();
});

/** Opens the course in the platform; the tool's page in its frame. */
async function openCourse(page, who) {
  await page.goto(platform.course(who));
  return page.frameLocator('iframe[title=Tool]');
}

/** Goes on from the frame in a window of its own. */
async function onward(page, frame) {
  const opened = page.context().waitForEvent('page');
  await frame.locator('a.button, button').first().click();
  return opened;
}

test('the owner adds the platform, and the teacher says which lab a course is', async () => {
  await teacher.goto(`${portal.url}/platforms`);
  await teacher.getByText('Enter what it shows').click();
  const fill = async (label, value) => teacher.getByLabel(label, { exact: true }).fill(value);
  await fill('Name', 'Moodle');
  await fill('Issuer', platform.issuer);
  await fill('Client ID', platform.client);
  await fill('Deployment IDs', platform.deployment);
  await fill('Authentication request address', `${platform.issuer}/auth`);
  await fill('Access token address', `${platform.issuer}/token`);
  await fill('Public keyset address', `${platform.issuer}/jwks`);
  await teacher.getByLabel('Its e-mail addresses are verified').check();
  await save(teacher, 'Add the platform');
  await expect(teacher.getByRole('heading', { name: 'Moodle' })).toBeVisible();

  const frame = await openCourse(teacher, 'grace');
  const window = await onward(teacher, frame);
  // The platform says an address that is hers here: she proves that both are one person's.
  await window.getByLabel('Password').fill('a few words in a row');
  await window.getByRole('button', { name: 'Link them and sign in' }).click();
  await window.getByLabel('Lab').selectOption({ label: 'Orchids' });
  await window.getByRole('button', { name: 'Use this lab' }).click();
  await window.waitForURL(`${lab}**`);
  await window.close();
});

test('a student comes out of the frame and has a machine', async ({ browser }) => {
  const page = await person(browser);
  const frame = await openCourse(page, 'ada');
  const window = await onward(page, frame);
  await window.waitForURL('**/machines');
  await expect(window.getByText('Orchids').first()).toBeVisible();
  // She needs no other account, and the portal's pages are in no frame.
  await window.goto(`${portal.url}/account`);
  await expect(window.getByText('Ada Lovelace · ada@school.example')).toBeVisible();
  await page.goto(platform.issuer + '/course?who=ada');
  const framed = await window.request.get(`${portal.url}/machines`);
  expect(framed.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
});

test('the list follows the course', async () => {
  platform.people.max = { name: 'Max Planck', email: 'max@school.example', role: 'Learner' };
  await teacher.goto(`${lab}/users`);
  await teacher.getByRole('button', { name: 'Synchronise now' }).click();
  await expect(teacher.getByRole('rowheader', { name: /max@school\.example/ })).toBeVisible();
  await expect(teacher.getByRole('rowheader', { name: /ada@school\.example/ })).toBeVisible();
  // Teachers are no users, and who leaves keeps the machine for a while.
  await expect(teacher.getByRole('rowheader', { name: /grace@school\.example/ })).toHaveCount(0);
  expect(platform.asked).toBeGreaterThan(0);
  delete platform.people.max;
  await teacher.getByRole('button', { name: 'Synchronise now' }).click();
  await expect(teacher.getByRole('row').filter({ hasText: 'max@school.example' })).toContainText(/[Ll]eaves/);
  expectCalm(teacher);
});
