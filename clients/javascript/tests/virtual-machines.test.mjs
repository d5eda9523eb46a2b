// The machines of a lab. Each test has one to itself.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { OPTIONS, atOnce, failsLater, hasFailed, later, names, refused } from '../answers.mjs';
import { forEachVersion, whileBroken } from '../portal.mjs';
import { idAt, machinesOf, makePublishedLab } from '../resources.mjs';

const CAPACITY = 12;
const PASSWORD = { username: 'teacher', password: 'Battery-staple-8' };

forEachVersion('Virtual machines', (scene) => {
  const { client, group } = scene;
  const { virtualMachines } = client;
  let free;

  before(async () => {
    await makePublishedLab(scene, 'lab', { capacity: CAPACITY });
    free = await machinesOf(scene, 'lab');
    assert.equal(free.length, CAPACITY);
  });

  const start = (name, options) => virtualMachines.beginStartAndWait(group, 'lab', name, options);
  const get = (name) => virtualMachines.get(group, 'lab', name);
  const stateOf = async (name) => (await get(name)).state;

  /** A machine that no other test uses, and that is off. */
  const stopped = () => free.pop();

  /** A machine that no other test uses, and that is on. */
  async function running() {
    const name = free.pop();
    await start(name, OPTIONS);
    return name;
  }

  test('a machine says what it is', async () => {
    const name = await running();
    const machine = await get(name);
    assert.equal(machine.id, idAt(group, `labs/lab/virtualMachines/${name}`));
    assert.deepEqual([machine.provisioningState, machine.state, machine.vmType], ['Succeeded', 'Running', 'User']);
    assert.equal(machine.connectionProfile.adminUsername, 'teacher');
    assert.match(machine.connectionProfile.privateIpAddress, /^[\d.]+$/);
    assert.equal(machine.claimedByUserId, undefined);
    assert.equal((await get('template')).vmType, 'Template');
    await assert.rejects(get('missing'), refused(404, 'ResourceNotFound'));
  });

  test('machines are listed', async () => {
    const name = await running();
    const list = (filter) => names(virtualMachines.listByLab(group, 'lab', { filter }));
    assert.equal((await list()).length, CAPACITY + 1);
    assert.deepEqual(await list(`name eq '${name}' and state eq 'Running'`), [name]);
    assert.deepEqual(await list(`name eq '${name}' and state eq 'Stopped'`), []);
    assert.deepEqual(await list("claimedByUserId eq 'nobody'"), []);
  });

  test('a machine is started and stopped', async () => {
    const name = stopped();
    assert.equal(await stateOf(name), 'Stopped');
    await later(202, (options) => start(name, options));
    assert.equal(await stateOf(name), 'Running');
    await atOnce([200], (options) => start(name, options));

    const stop = (options) => virtualMachines.beginStopAndWait(group, 'lab', name, options);
    await later(202, stop);
    assert.equal(await stateOf(name), 'Stopped');
    await atOnce([200], stop);
  });

  test('a machine is made anew', async () => {
    const name = await running();
    await later(202, (options) => virtualMachines.beginReimageAndWait(group, 'lab', name, options));
    assert.equal(await stateOf(name), 'Stopped');
  });

  test('a machine is redeployed', async () => {
    const name = await running();
    await later(202, (options) => virtualMachines.beginRedeployAndWait(group, 'lab', name, options));
    assert.equal(await stateOf(name), 'Running');
  });

  test('a password is set', async () => {
    const name = await running();
    await later(202, (options) => virtualMachines.beginResetPasswordAndWait(group, 'lab', name, PASSWORD, options));
    assert.equal(await stateOf(name), 'Running');
  });

  test('starting fails', async () => {
    await breaks(stopped(), (name, options) => virtualMachines.beginStart(group, 'lab', name, options));
  });

  test('stopping fails', async () => {
    await breaks(await running(), (name, options) => virtualMachines.beginStop(group, 'lab', name, options));
  });

  test('making a machine anew fails', async () => {
    await breaks(stopped(), (name, options) => virtualMachines.beginReimage(group, 'lab', name, options));
  });

  test('redeploying fails', async () => {
    await breaks(await running(), (name, options) => virtualMachines.beginRedeploy(group, 'lab', name, options));
  });

  test('setting a password fails', async () => {
    await breaks(await running(), (name, options) =>
      virtualMachines.beginResetPassword(group, 'lab', name, PASSWORD, options),
    );
  });

  test('what is overtaken says so', async () => {
    const name = stopped();
    await whileBroken(name, async () => {
      const starting = await virtualMachines.beginStart(group, 'lab', name, OPTIONS);
      await virtualMachines.beginStopAndWait(group, 'lab', name, OPTIONS);
      await assert.rejects(starting.pollUntilDone(), hasFailed('OperationPreempted'));
    });
  });

  async function breaks(name, begin) {
    await whileBroken(name, () => failsLater('EngineFailed', (options) => begin(name, options)));
  }
});
