import { expect, test } from '@playwright/test';
import { becomeOwner, makeLab, person } from './people.js';
import { startPortal } from './portal.js';
test('shots', async ({ browser }) => {
  test.setTimeout(600000);
  const portal = await startPortal('simulator');
  const page = await person(browser);
  await becomeOwner(page, portal);
  await makeLab(page, portal, { title: 'Networks', machines: 3 });
  const lab = page.url();
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(page.locator('h1 .status')).toHaveText('Published');
  await page.getByRole('link', { name: /^Users/ }).click();
  await page.getByLabel('E-mail addresses').fill('ada@example.org\nmax@example.org\nmia@example.org');
  await page.getByRole('button', { name: 'Add to the list' }).click();
  await expect(page.getByRole('rowheader', { name: 'ada@example.org' })).toBeVisible();
  const state = await page.context().storageState();
  const pages = {
    users: `${lab}/users`, people: `${portal.url}/people`, audit: `${portal.url}/audit`, access: `${portal.url}/access`,
    platforms: `${portal.url}/platforms`, roles: `${lab}/roles`, import: `${lab}/import`, invite: `${lab}/invite`,
    join: `${lab}/join`, account: `${portal.url}/account`, tokens: `${portal.url}/account/tokens`,
  };
  for (const [scheme, width, height] of [['light', 1280, 900], ['dark', 390, 844], ['dark', 1280, 900], ['light', 390, 844]]) {
    const context = await browser.newContext({ storageState: state, colorScheme: scheme, viewport: { width, height }, ignoreHTTPSErrors: true });
    const shot = await context.newPage();
    for (const [name, url] of Object.entries(pages)) {
      await shot.goto(url);
      await shot.waitForLoadState('networkidle').catch(() => {});
      await shot.screenshot({ path: `/tmp/shots/${name}-${scheme}-${width}.png`, fullPage: true });
    }
    await context.close();
  }
  await portal.close();
});
