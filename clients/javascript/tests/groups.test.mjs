// Labs whose list of users is a directory group's.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { failsLater, later } from '../answers.mjs';
import { forEachVersion, makeDirectoryGroup } from '../portal.mjs';
import { makeLab, makePublishedLab } from '../resources.mjs';

const MEMBERS = [
  { email: 'ada@school.example', displayName: 'Ada' },
  { email: 'grace@school.example', displayName: 'Grace' },
];

forEachVersion('Groups', (scene) => {
  const { client, group } = scene;
  const { labs, users } = client;

  test('a lab takes its users over from a group', async () => {
    const id = await makeDirectoryGroup(`${group}-class`, MEMBERS);
    await makePublishedLab(scene, 'followed', { capacity: 1, rosterProfile: { activeDirectoryGroupId: id } });
    await later(202, (options) => labs.beginSyncGroupAndWait(group, 'followed', options));
    const { rosterProfile, state } = await labs.get(group, 'followed');
    assert.equal(rosterProfile.activeDirectoryGroupId, id);
    assert.equal(state, 'Published');
    assert.deepEqual(await emails('followed'), MEMBERS.map(({ email }) => email));

    // Who leaves the group keeps the place and the machine for a while, so nothing is to be waited for.
    await makeDirectoryGroup(id, MEMBERS.slice(1));
    await labs.beginSyncGroupAndWait(group, 'followed');
    assert.deepEqual(await emails('followed'), MEMBERS.map(({ email }) => email));
  });

  test('a group that nobody knows is not followed', async () => {
    const rosterProfile = { activeDirectoryGroupId: `${group}-unknown` };
    await makeLab(scene, 'astray', { rosterProfile });
    await failsLater('DirectoryGroupNotFound', (options) => labs.beginSyncGroup(group, 'astray', options));
  });

  async function emails(name) {
    const found = [];
    for await (const { email } of users.listByLab(group, name)) found.push(email);
    return found.sort();
  }
});
