// The users of a lab, and their invitations.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { atOnce, failsLater, later, names, refused } from '../answers.mjs';
import { connect, forEachVersion, reader, whileMailFails } from '../portal.mjs';
import { idAt, makeLab, makePublishedLab } from '../resources.mjs';

// How many items a page has at most.
const PAGE = 100;

forEachVersion('Users', (scene) => {
  const { client, group, version } = scene;
  const { users } = client;

  before(() => makePublishedLab(scene, 'lab', { capacity: 1 }));

  function make(name, options) {
    return users.beginCreateOrUpdateAndWait(group, 'lab', name, { email: `${name}@school.example` }, options);
  }

  test('a user is added', async () => {
    const body = { email: 'added@school.example', additionalUsageQuota: 'PT5H' };
    const add = (options) => users.beginCreateOrUpdateAndWait(group, 'lab', 'added', body, options);
    const made = await atOnce([200, 201], add);
    assert.equal(made.id, idAt(group, 'labs/lab/users/added'));
    assert.deepEqual([made.email, made.additionalUsageQuota], [body.email, 'PT5H']);
    assert.deepEqual([made.registrationState, made.invitationState], ['NotRegistered', 'NotSent']);
    assert.equal(made.provisioningState, 'Succeeded');
    assert.deepEqual(await users.get(group, 'lab', 'added'), made);
    // Only who changed it last, and when, may differ.
    const again = await atOnce([200], add);
    assert.deepEqual({ ...again, systemData: made.systemData }, made);
  });

  test("a user's hours are changed", async () => {
    await make('changed');
    const change = { additionalUsageQuota: 'PT8H' };
    const now = await atOnce([200], (options) => users.beginUpdateAndWait(group, 'lab', 'changed', change, options));
    assert.deepEqual([now.additionalUsageQuota, now.email], ['PT8H', 'changed@school.example']);
    assert.equal((await users.get(group, 'lab', 'changed')).additionalUsageQuota, 'PT8H');
  });

  test('an address is not changed', async () => {
    await make('fixed');
    const put = users.beginCreateOrUpdateAndWait(group, 'lab', 'fixed', { email: 'other@school.example' });
    await assert.rejects(put, refused(409, 'Conflict'));
    assert.equal((await users.get(group, 'lab', 'fixed')).email, 'fixed@school.example');
  });

  test('what is not there is not changed', async () => {
    await assert.rejects(users.beginUpdateAndWait(group, 'lab', 'missing', {}), refused(404, 'ResourceNotFound'));
    const put = users.beginCreateOrUpdateAndWait(group, 'missing', 'user', { email: 'user@school.example' });
    await assert.rejects(put, refused(404, 'ParentResourceNotFound'));
  });

  test('users are listed', async () => {
    await make('listed');
    assert.ok((await names(users.listByLab(group, 'lab'))).includes('listed'));
    const list = (filter) => names(users.listByLab(group, 'lab', { filter }));
    assert.deepEqual(await list("email eq 'listed@school.example'"), ['listed']);
    assert.deepEqual(await list("startswith(properties/email,'listed@')"), ['listed']);
    assert.ok(!(await list("email ne 'listed@school.example'")).includes('listed'));
  });

  test('many users are listed in pages', async () => {
    await makeLab(scene, 'crowd');
    const crowd = Array.from({ length: PAGE + 3 }, (_, number) => `user-${String(number).padStart(3, '0')}`);
    for (const name of crowd) {
      await users.beginCreateOrUpdateAndWait(group, 'crowd', name, { email: `${name}@school.example` });
    }
    const pages = [];
    for await (const page of users.listByLab(group, 'crowd').byPage()) pages.push(page.map(({ name }) => name));
    assert.deepEqual(pages.map(({ length }) => length), [PAGE, 3]);
    assert.deepEqual(pages.flat().sort(), crowd);
    const filter = "startswith(email,'user-00')";
    assert.deepEqual(await names(users.listByLab(group, 'crowd', { filter })), crowd.slice(0, 10));
  });

  test('a user is removed', async () => {
    await make('deleted');
    await atOnce([200], (options) => users.beginDeleteAndWait(group, 'lab', 'deleted', options));
    await assert.rejects(users.get(group, 'lab', 'deleted'), refused(404, 'ResourceNotFound'));
    await atOnce([204], (options) => users.beginDeleteAndWait(group, 'lab', 'deleted', options));
  });

  test('who may only read removes nobody', async () => {
    await make('kept');
    const { users: read } = connect(version, reader);
    await assert.rejects(read.beginDeleteAndWait(group, 'lab', 'kept'), refused(403, 'AuthorizationFailed'));
    assert.equal((await read.get(group, 'lab', 'kept')).name, 'kept');
  });

  test('a user is invited', async () => {
    await make('invited');
    const body = { text: 'Welcome to the lab.' };
    await later(202, (options) => users.beginInviteAndWait(group, 'lab', 'invited', body, options));
    const { invitationState, invitationSent } = await users.get(group, 'lab', 'invited');
    assert.equal(invitationState, 'Sent');
    assert.ok(invitationSent instanceof Date);
  });

  test('inviting fails', async () => {
    await make('uninvited');
    await whileMailFails(() =>
      failsLater('MailFailed', (options) => users.beginInvite(group, 'lab', 'uninvited', {}, options)),
    );
    const { invitationState } = await users.get(group, 'lab', 'uninvited');
    assert.equal(invitationState, 'Failed');
  });
});
