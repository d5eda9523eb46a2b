// The main job, from first run to a student's shell, on real machines.
import { expect, test } from '@playwright/test';
import { becomeOwner, deleteLab, expectCalm, makeLab, person, register, shell, type } from './people.js';
import { startPortal } from './portal.js';

let portal;
test.beforeAll(async () => {
  portal = await startPortal('incus');
});
test.afterAll(async () => {
  await portal?.close();
});

test('a class gets machines of its own', async ({ browser }) => {
  const grace = await person(browser, { viewport: { width: 1440, height: 900 } });
  await becomeOwner(grace, portal);
  await expect(grace.getByRole('heading', { name: 'No labs yet' })).toBeVisible();

  await makeLab(grace, portal, { title: 'Python 101', machines: 5 });
  const lab = grace.url();
  await grace.getByRole('button', { name: 'Start template' }).click();
  await grace.getByRole('link', { name: 'Open terminal' }).click();
  await shell(grace);
  const sudo = "echo 'correct horse' | sudo -S -p ''";
  await type(
    grace,
    `${sudo} sh -c 'apt-get update -qq && apt-get install -y -qq cowsay' >/dev/null 2>&1; ls /usr/games/cowsay`,
  );
  await expect(grace.locator('.xterm-rows')).toContainText('/usr/games/cowsay');
  const templateId = (await type(grace, 'cat /etc/machine-id'))[0];
  expect(templateId).toMatch(/^[0-9a-f]{32}$/);

  await grace.goto(lab);
  await grace.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(grace.locator('h1 .status')).toHaveText('Published');
  await grace.getByRole('link', { name: /Virtual machine pool/ }).click();
  await expect(grace.getByRole('row')).toHaveCount(6);

  await grace.getByRole('link', { name: /^Users/ }).click();
  await grace.getByLabel('E-mail addresses').fill('ada@example.org; max@example.org');
  await grace.getByRole('button', { name: 'Add to the list' }).click();
  await expect(grace.getByRole('rowheader', { name: 'max@example.org' })).toBeVisible();
  const link = await grace.getByRole('textbox', { name: 'Registration link' }).inputValue();
  expectCalm(grace);

  const seen = [];
  const students = [];
  for (const [name, email] of [
    ['Ada Lovelace', 'ada@example.org'],
    ['Max Planck', 'max@example.org'],
  ]) {
    const student = await person(browser, { viewport: { width: 390, height: 844 } });
    await register(student, link, name, email);
    await student.getByRole('button', { name: 'Start', exact: true }).click();
    await student.getByRole('link', { name: 'Connect' }).click();
    await shell(student);
    const facts = {};
    facts.hostname = (await type(student, 'hostname'))[0];
    facts.machineId = (await type(student, 'cat /etc/machine-id'))[0];
    facts.hostKey = (await type(student, 'cut -c-60 /etc/ssh/ssh_host_ed25519_key.pub | md5sum | cut -c-32'))[0];
    const address = "ip -4 -o addr show eth0 | awk '{print $4}'";
    await expect(async () => expect((await type(student, address))[0]).toMatch(/^10\./)).toPass();
    facts.address = (await type(student, address))[0];
    expect((await type(student, 'ls /usr/games/cowsay'))[0]).toBe('/usr/games/cowsay');
    expect((await type(student, 'whoami'))[0]).toBe('student');
    expectCalm(student);
    seen.push(facts);
    students.push(student);
  }
  for (const fact of ['hostname', 'machineId', 'hostKey', 'address']) {
    expect(new Set(seen.map((facts) => facts[fact])).size, `${fact} must differ`).toBe(2);
  }
  expect(seen.map((facts) => facts.machineId)).not.toContain(templateId);

  // Ada's work is gone after a reimage, and her machine waits for her, stopped, with the software.
  const [ada] = students;
  await type(ada, 'touch /home/student/work');
  await ada.goto(`${portal.url}/machines`);
  await ada.getByLabel(/^More for/).click();
  await ada.getByRole('button', { name: 'Reimage, losing my work' }).click();
  await expect(ada.locator('.machine .status')).toHaveText('Stopped');
  await ada.getByRole('button', { name: 'Start', exact: true }).click();
  await ada.getByRole('link', { name: 'Connect' }).click();
  await shell(ada);
  expect((await type(ada, 'ls /home/student | wc -l'))[0]).toBe('0');
  expect((await type(ada, 'cat /etc/machine-id'))[0]).not.toBe(seen[0].machineId);

  // A shutdown from inside is noticed, and so is Stop all.
  await type(ada, 'true');
  await ada.keyboard.type("echo 'correct horse' | sudo -S -p '' poweroff\n");
  await expect(ada.locator('[data-terminal-status]')).toHaveAttribute('data-state', 'ended');
  await ada.goto(`${portal.url}/machines`);
  await expect(ada.locator('.machine .status')).toHaveText('Stopped');
  await expect(ada.getByText('Shut down from inside.')).toBeVisible();
  await grace.getByRole('link', { name: /Virtual machine pool/ }).click();
  await expect(grace.getByText('Running', { exact: true }).last()).toBeVisible();
  await grace.getByRole('button', { name: 'Stop all' }).click();
  await expect(grace.locator('tbody .status[data-state=running]')).toHaveCount(0);
  await expect(grace.locator('tbody .status[data-state=stopped]')).toHaveCount(5);

  // A deleted lab waits in the bin with its machines, and can be brought back.
  const instances = portal.instances();
  await deleteLab(grace, 'Python 101');
  await ada.goto(`${portal.url}/machines`);
  await expect(ada.locator('.machine')).toHaveCount(0);
  await grace.getByRole('button', { name: 'Bring back' }).click();
  await grace.waitForURL(/\/labs\/[0-9a-f-]{36}$/);
  await ada.reload();
  await expect(ada.locator('.machine .status')).toHaveText('Stopped');
  expect(portal.instances()).toEqual(instances);

  // Removed from there, nothing is left of it.
  await deleteLab(grace, 'Python 101');
  await grace.getByLabel('Remove Python 101 for good').click();
  await grace.getByRole('button', { name: 'Remove for good' }).click();
  await expect(grace.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  await grace.goto(`${portal.url}/labs`);
  await expect(grace.getByRole('heading', { name: 'No labs yet' })).toBeVisible();
  await expect.poll(() => portal.instances()).toEqual([]);
  expectCalm(grace);
});
