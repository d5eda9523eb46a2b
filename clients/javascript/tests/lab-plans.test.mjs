// Lab plans, and saving a machine as an image of one.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { atOnce, failsLater, later, names, refused } from '../answers.mjs';
import { connect, forEachVersion, reader, whileBroken } from '../portal.mjs';
import { idAt, makeLab, makePlan, plan } from '../resources.mjs';

forEachVersion('Lab plans', (scene) => {
  const { client, group, version } = scene;
  const { labPlans } = client;

  test('a plan is made as it was asked for', async () => {
    const body = plan({ tags: { faculty: 'science' }, allowedRegions: ['local'] });
    const made = await atOnce([200, 201], put('made', body));
    assert.equal(made.id, idAt(group, 'labPlans/made'));
    assert.equal(made.name, 'made');
    assert.match(made.type, /^Microsoft\.LabServices\/labPlans?$/i);
    assert.equal(made.provisioningState, 'Succeeded');
    assert.equal(made.systemData.createdByType, 'Application');
    assert.ok(made.systemData.createdAt instanceof Date);
    for (const [name, value] of Object.entries(body)) {
      if (name === 'defaultAutoShutdownProfile') continue;
      assert.deepEqual(made[name], value, name);
    }
    // What does not happen may have a delay nevertheless.
    for (const [name, value] of Object.entries(body.defaultAutoShutdownProfile)) {
      assert.equal(made.defaultAutoShutdownProfile[name], value, name);
    }
    assert.deepEqual(await labPlans.get(group, 'made'), made);
  });

  test('a plan is found without regard to case', async () => {
    await makePlan(scene, 'case');
    assert.equal((await labPlans.get(group.toUpperCase(), 'CASE')).name, 'case');
  });

  test('a plan is replaced', async () => {
    await makePlan(scene, 'replaced', { tags: { faculty: 'science' } });
    const body = plan({ supportInfo: { email: 'other@school.example' } });
    const now = await atOnce([200], put('replaced', body));
    assert.deepEqual(now.supportInfo, { email: 'other@school.example' });
    assert.deepEqual(now.tags ?? {}, {});
  });

  test('a part of a plan is changed', async () => {
    const before = await makePlan(scene, 'changed');
    const defaultAutoShutdownProfile = {
      shutdownOnDisconnect: 'Enabled',
      shutdownWhenNotConnected: 'Enabled',
      shutdownOnIdle: 'UserAbsence',
      disconnectDelay: 'PT5M',
      noConnectDelay: 'PT15M',
      idleDelay: 'PT20M',
    };
    const now = await atOnce([200], (options) =>
      labPlans.beginUpdateAndWait(group, 'changed', { defaultAutoShutdownProfile }, options),
    );
    assert.deepEqual(now.defaultAutoShutdownProfile, defaultAutoShutdownProfile);
    assert.deepEqual(now.supportInfo, before.supportInfo);
    assert.deepEqual(now.defaultConnectionProfile, before.defaultConnectionProfile);
  });

  test('plans are listed', async () => {
    await makePlan(scene, 'listed');
    assert.ok((await names(labPlans.listByResourceGroup(group))).includes('listed'));
    assert.deepEqual(await names(labPlans.listByResourceGroup(`${group}-empty`)), []);
    assert.ok((await names(labPlans.listBySubscription())).includes('default'));
    const filter = "name eq 'listed' or startswith(name,'list')";
    assert.ok((await names(labPlans.listBySubscription({ filter }))).every((name) => name === 'listed'));
    assert.ok((await names(labPlans.listBySubscription({ filter }))).includes('listed'));
  });

  test('a plan is deleted', async () => {
    await makePlan(scene, 'deleted');
    await atOnce([200], (options) => labPlans.beginDeleteAndWait(group, 'deleted', options));
    await assert.rejects(labPlans.get(group, 'deleted'), refused(404, 'ResourceNotFound'));
    await atOnce([204], (options) => labPlans.beginDeleteAndWait(group, 'deleted', options));
  });

  test('a plan does not move', async () => {
    await makePlan(scene, 'fixed');
    const moved = put('fixed', plan({ location: 'elsewhere' }));
    await assert.rejects(moved, refused(409, 'Conflict'));
  });

  test('what is not there is not changed', async () => {
    await assert.rejects(labPlans.beginUpdateAndWait(group, 'missing', {}), refused(404, 'ResourceNotFound'));
  });

  test('who may only read deletes nothing', async () => {
    await makePlan(scene, 'kept');
    const { labPlans: read } = connect(version, reader);
    await assert.rejects(read.beginDeleteAndWait(group, 'kept'), refused(403, 'AuthorizationFailed'));
    assert.equal((await read.get(group, 'kept')).name, 'kept');
  });

  test('a machine is saved as an image', async () => {
    const body = await templateOf('saving');
    await later(202, (options) => labPlans.beginSaveImageAndWait(group, 'saving', body, options));
    const image = await client.images.get(group, 'saving', body.name);
    assert.equal(image.provisioningState, 'Succeeded');
    assert.equal(image.osType, 'Linux');
    assert.ok((await names(client.images.listByLabPlan(group, 'saving'))).includes(body.name));
  });

  test('saving an image fails', async () => {
    const body = await templateOf('failing');
    await whileBroken('template', () =>
      failsLater('EngineFailed', (options) => labPlans.beginSaveImage(group, 'failing', body, options)),
    );
    assert.ok(!(await names(client.images.listByLabPlan(group, 'failing'))).includes(body.name));
  });

  /** Asks for a plan. */
  function put(name, body) {
    return (options) => labPlans.beginCreateOrUpdateAndWait(group, name, body, options);
  }

  /** Makes a plan and a lab of one name; returns what to save its template as. */
  async function templateOf(name) {
    const { id: labPlanId } = await makePlan(scene, name);
    await client.images.update(group, name, 'debian-12', { enabledState: 'Enabled' });
    const lab = await makeLab(scene, name, { labPlanId });
    return { name: 'prepared', labVirtualMachineId: `${lab.id}/virtualMachines/template` };
  }
});
