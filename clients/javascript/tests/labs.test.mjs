// Labs from the first request to the deletion.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OPTIONS, atOnce, failsLater, later, lookLater, names, refused } from '../answers.mjs';
import { connect, forEachVersion, reader, whileBroken, whileNewBreaks } from '../portal.mjs';
import { DEFAULT_PLAN, idAt, lab, machinesOf, makeLab, makePublishedLab } from '../resources.mjs';

forEachVersion('Labs', (scene) => {
  const { client, group, version } = scene;
  const { labs } = client;

  test('a lab is made as it was asked for', async () => {
    const body = lab({ capacity: 2, tags: { term: 'autumn' } });
    const { result: made } = await later(201, put('made', body));
    assert.equal(made.id, idAt(group, 'labs/made'));
    assert.equal(made.provisioningState, 'Succeeded');
    assert.equal(made.state, 'Draft');
    assert.match(made.securityProfile.registrationCode, /^\w+/);
    assert.equal(made.securityProfile.openAccess, 'Disabled');
    for (const name of ['location', 'title', 'description', 'labPlanId', 'connectionProfile', 'tags']) {
      assert.deepEqual(made[name], body[name], name);
    }
    const { createOption, osType, sku, usageQuota, adminUser } = made.virtualMachineProfile;
    assert.deepEqual([createOption, osType, sku.capacity, usageQuota], ['TemplateVM', 'Linux', 2, 'PT10H']);
    assert.deepEqual(adminUser, { username: 'teacher' });
    assert.deepEqual(await labs.get(group, 'made'), made);
    assert.deepEqual(await names(client.virtualMachines.listByLab(group, 'made')), ['template']);
  });

  test('an image is named by what is sold', async () => {
    const sold = { publisher: 'Microsoft', offer: 'WindowsServer', sku: '2019-Datacenter', version: '2019.0.20190410' };
    const { virtualMachineProfile } = await makeLab(scene, 'windows', { machines: { imageReference: sold } });
    assert.equal(virtualMachineProfile.osType, 'Windows');
    assert.equal(virtualMachineProfile.imageReference.offer, 'WindowsServer');
  });

  test('a lab without a template is made at once', async () => {
    const body = lab({ machines: { createOption: 'Image' } });
    const made = await atOnce([200, 201], put('image', body));
    assert.equal(made.virtualMachineProfile.createOption, 'Image');
  });

  test('making a lab fails', async () => {
    await whileNewBreaks(() =>
      failsLater('EngineFailed', (options) => labs.beginCreateOrUpdate(group, 'unmade', lab(), options)),
    );
    let body;
    const onResponse = ({ bodyAsText }) => (body = JSON.parse(bodyAsText));
    const { provisioningState } = await labs.get(group, 'unmade', { onResponse });
    assert.equal(provisioningState, 'Failed');
    if (version !== '2023-06-07') return;
    // The library is of the version before, and leaves out what it does not know.
    const { code, message } = body.properties.resourceOperationError;
    assert.equal(code, 'EngineFailed');
    assert.match(message, /\S/);
  });

  test('a lab says all that is wrong with it', async () => {
    const body = lab({ machines: { sku: { name: 'Enormous', capacity: 1 }, usageQuota: 'PT10000H' } });
    await assert.rejects(put('wrong', body), (error) => {
      refused(400, 'InvalidRequestContent')(error);
      const targets = error.response.parsedBody.error.details.map(({ target }) => target).sort();
      const profile = 'properties.virtualMachineProfile';
      assert.deepEqual(targets, [`${profile}.sku.name`, `${profile}.usageQuota`]);
      return true;
    });
    await assert.rejects(labs.get(group, 'wrong'), refused(404, 'ResourceNotFound'));
  });

  test('labs are listed', async () => {
    await makeLab(scene, 'listed', { title: `Listed in ${version}` });
    assert.ok((await names(labs.listByResourceGroup(group))).includes('listed'));
    assert.deepEqual(await names(labs.listByResourceGroup(`${group}-empty`)), []);
    assert.ok((await names(labs.listBySubscription())).includes('listed'));
    const draft = `title eq 'Listed in ${version}' and state eq 'Draft'`;
    assert.deepEqual(await names(labs.listBySubscription({ filter: draft })), ['listed']);
    const published = `properties/title eq 'Listed in ${version}' and properties/state ne 'Draft'`;
    assert.deepEqual(await names(labs.listBySubscription({ filter: published })), []);
    const unknown = names(labs.listBySubscription({ filter: "colour eq 'blue'" }));
    await assert.rejects(unknown, refused(400, 'InvalidFilter'));
  });

  test('a lab is changed at once', async () => {
    const { virtualMachineProfile } = await makeLab(scene, 'changed');
    const change = {
      title: 'Operating systems',
      securityProfile: { openAccess: 'Enabled' },
      virtualMachineProfile: { ...virtualMachineProfile, usageQuota: 'PT20H' },
    };
    const now = await atOnce([200], (options) => labs.beginUpdateAndWait(group, 'changed', change, options));
    assert.equal(now.title, 'Operating systems');
    assert.equal(now.description, 'A lab of the tests.');
    assert.equal(now.securityProfile.openAccess, 'Enabled');
    assert.equal(now.virtualMachineProfile.usageQuota, 'PT20H');
    assert.deepEqual(await labs.get(group, 'changed'), now);
  });

  test('a lab is put again', async () => {
    await makeLab(scene, 'again');
    const now = await atOnce([200], put('again', lab({ title: 'Compilers' })));
    assert.equal(now.title, 'Compilers');
    const imageReference = { id: `${DEFAULT_PLAN}/images/ubuntu-24.04` };
    for (const fields of [{ machines: { imageReference } }, { location: 'elsewhere' }]) {
      await assert.rejects(put('again', lab(fields)), refused(409, 'PropertyChangeNotAllowed'));
    }
  });

  test('a lab is published, grows and shrinks', async () => {
    await makeLab(scene, 'published', { capacity: 2 });
    await later(202, (options) => labs.beginPublishAndWait(group, 'published', options));
    const { state, virtualMachineProfile } = await labs.get(group, 'published');
    assert.equal(state, 'Published');
    assert.equal((await machinesOf(scene, 'published')).length, 2);

    const more = { virtualMachineProfile: withCapacity(virtualMachineProfile, 4) };
    const { result: grown } = await later(202, (options) => labs.beginUpdateAndWait(group, 'published', more, options));
    assert.equal(grown.name, 'published');
    assert.equal(grown.virtualMachineProfile.sku.capacity, 4);
    assert.equal((await machinesOf(scene, 'published')).length, 4);

    const { result: shrunk } = await later(202, put('published', lab({ capacity: 1 })));
    assert.equal(shrunk.virtualMachineProfile.sku.capacity, 1);
    assert.equal(shrunk.state, 'Published');
    assert.equal((await machinesOf(scene, 'published')).length, 1);
  });

  test('publishing fails', async () => {
    await makeLab(scene, 'unpublished', { capacity: 1 });
    await whileNewBreaks(() =>
      failsLater('EngineFailed', (options) => labs.beginPublish(group, 'unpublished', options)),
    );
  });

  test('growing fails', async () => {
    await makePublishedLab(scene, 'ungrown', { capacity: 1 });
    const { virtualMachineProfile } = await labs.get(group, 'ungrown');
    const more = { virtualMachineProfile: withCapacity(virtualMachineProfile, 2) };
    await whileNewBreaks(() =>
      failsLater('EngineFailed', (options) => labs.beginUpdate(group, 'ungrown', more, options)),
    );
  });

  test('a lab is deleted', async () => {
    await makeLab(scene, 'deleted');
    await later(202, (options) => labs.beginDeleteAndWait(group, 'deleted', options));
    await assert.rejects(labs.get(group, 'deleted'), refused(404, 'ResourceNotFound'));
    await atOnce([204], (options) => labs.beginDeleteAndWait(group, 'deleted', options));
  });

  test('deleting is never given up', async () => {
    await makeLab(scene, 'lasting');
    // A machine that runs has to be stopped, and this one will not.
    await client.virtualMachines.beginStartAndWait(group, 'lasting', 'template', OPTIONS);
    const poller = await whileBroken('template', async () => {
      const deleting = await labs.beginDelete(group, 'lasting', OPTIONS);
      for (let looks = 0; looks < 3; looks += 1) {
        await lookLater(deleting);
        assert.ok(!deleting.isDone());
      }
      return deleting;
    });
    await poller.pollUntilDone();
    await assert.rejects(labs.get(group, 'lasting'), refused(404, 'ResourceNotFound'));
  });

  test('who may only read deletes nothing', async () => {
    await makeLab(scene, 'kept');
    const { labs: read } = connect(version, reader);
    await assert.rejects(read.beginDeleteAndWait(group, 'kept'), refused(403, 'AuthorizationFailed'));
    assert.equal((await read.get(group, 'kept')).name, 'kept');
  });

  test('what is not there is neither changed nor published', async () => {
    await assert.rejects(labs.beginUpdateAndWait(group, 'missing', {}), refused(404, 'ResourceNotFound'));
    const publish = labs.beginPublishAndWait(group, 'missing');
    await assert.rejects(publish, ({ statusCode }) => statusCode === 404);
  });

  /** Asks for a lab. */
  function put(name, body) {
    return (options) => labs.beginCreateOrUpdateAndWait(group, name, body, options);
  }
});

function withCapacity(profile, capacity) {
  return { ...profile, sku: { ...profile.sku, capacity } };
}
