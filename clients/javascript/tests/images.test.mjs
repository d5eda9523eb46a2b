// The images of a plan.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { names, refused } from '../answers.mjs';
import { forEachVersion } from '../portal.mjs';
import { idAt, makePlan } from '../resources.mjs';

const ALL = ['debian-12', 'ubuntu-24.04', 'windows-server-2019'];

forEachVersion('Images', (scene) => {
  const { client, group } = scene;
  const { images } = client;

  before(() => makePlan(scene, 'plan'));

  test('a plan has the images of the host', async () => {
    const found = await names(images.listByLabPlan(group, 'plan'));
    for (const name of ALL) assert.ok(found.includes(name), `${name} in ${found}`);
  });

  test('images are filtered', async () => {
    const list = (filter) => names(images.listByLabPlan(group, 'plan', { filter }));
    assert.deepEqual(await list("name eq 'debian-12'"), ['debian-12']);
    const linux = "(startswith(name,'debian') or startswith(name,'ubuntu')) and name ne 'debian-12'";
    assert.deepEqual(await list(linux), ['ubuntu-24.04']);
  });

  test('an image says what it is', async () => {
    const linux = await images.get(group, 'plan', 'debian-12');
    assert.equal(linux.id, idAt(group, 'labPlans/plan/images/debian-12'));
    assert.equal(linux.provisioningState, 'Succeeded');
    assert.equal(linux.osType, 'Linux');
    assert.match(linux.displayName, /Debian/);
    const { osType, publisher, offer, sku } = await images.get(group, 'plan', 'windows-server-2019');
    assert.deepEqual([osType, publisher, offer, sku], ['Windows', 'Microsoft', 'WindowsServer', '2019-Datacenter']);
  });

  test('an image is enabled and disabled', async () => {
    const put = (enabledState) => images.createOrUpdate(group, 'plan', 'ubuntu-24.04', { enabledState });
    const patch = (enabledState) => images.update(group, 'plan', 'ubuntu-24.04', { enabledState });
    for (const change of [put, patch]) {
      for (const state of ['Disabled', 'Enabled']) {
        const { enabledState, osType } = await change(state);
        assert.deepEqual([enabledState, osType], [state, 'Linux']);
        assert.equal((await images.get(group, 'plan', 'ubuntu-24.04')).enabledState, state);
      }
    }
  });

  test('no image is made by asking for one', async () => {
    const put = images.createOrUpdate(group, 'plan', 'wish', { enabledState: 'Enabled' });
    await assert.rejects(put, ({ statusCode }) => statusCode >= 400 && statusCode < 500);
    assert.ok(!(await names(images.listByLabPlan(group, 'plan'))).includes('wish'));
  });

  test('what is not there is not found', async () => {
    await assert.rejects(images.get(group, 'plan', 'missing'), refused(404, 'ResourceNotFound'));
    await assert.rejects(images.update(group, 'plan', 'missing', {}), refused(404, 'ResourceNotFound'));
    await assert.rejects(names(images.listByLabPlan(group, 'missing')), refused(404, 'ParentResourceNotFound'));
  });
});
