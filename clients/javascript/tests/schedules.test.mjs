// When a lab's machines are started and stopped.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { atOnce, names, refused } from '../answers.mjs';
import { connect, forEachVersion, reader } from '../portal.mjs';
import { idAt, makeLab } from '../resources.mjs';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
// The server's clock is ahead of ours by what other tests let pass.
const YEAR = new Date().getUTCFullYear() + 1;

/** A class once a week in autumn; its times are read as the clock on the wall in Paris. */
function weekly(fields = {}) {
  const startAt = new Date(Date.UTC(YEAR, 8, 3, 9));
  return {
    startAt,
    stopAt: new Date(Date.UTC(YEAR, 8, 3, 11, 30)),
    timeZoneId: 'Europe/Paris',
    recurrencePattern: {
      frequency: 'Weekly',
      interval: 1,
      weekDays: [DAYS[startAt.getUTCDay()]],
      expirationDate: new Date(Date.UTC(YEAR, 11, 20)),
    },
    notes: 'Lectures',
    ...fields,
  };
}

forEachVersion('Schedules', (scene) => {
  const { client, group, version } = scene;
  const { schedules } = client;

  before(() => makeLab(scene, 'lab'));

  test('a schedule is made, and put again', async () => {
    const statuses = [];
    const onResponse = ({ status }) => statuses.push(status);
    const body = weekly();
    const made = await schedules.createOrUpdate(group, 'lab', 'made', body, { onResponse });
    assert.equal(made.id, idAt(group, 'labs/lab/schedules/made'));
    assert.equal(made.provisioningState, 'Succeeded');
    for (const name of ['startAt', 'stopAt', 'timeZoneId', 'notes']) assert.deepEqual(made[name], body[name], name);
    const { frequency, interval, weekDays, expirationDate } = made.recurrencePattern;
    assert.deepEqual([frequency, interval, weekDays], ['Weekly', 1, body.recurrencePattern.weekDays]);
    assert.equal(day(expirationDate), day(body.recurrencePattern.expirationDate));
    assert.deepEqual(await schedules.get(group, 'lab', 'made'), made);

    const again = await schedules.createOrUpdate(group, 'lab', 'made', weekly({ notes: 'Exams' }), { onResponse });
    assert.equal(again.notes, 'Exams');
    assert.deepEqual(statuses, [201, 200]);
  });

  test('a schedule happens once, or every other day, or only stops', async () => {
    const once = await schedules.createOrUpdate(group, 'lab', 'once', weekly({ recurrencePattern: undefined }));
    assert.equal(once.recurrencePattern, undefined);
    const recurrencePattern = { frequency: 'Daily', interval: 2, expirationDate: new Date(Date.UTC(YEAR, 9, 1)) };
    const daily = await schedules.createOrUpdate(group, 'lab', 'daily', weekly({ recurrencePattern }));
    assert.deepEqual([daily.recurrencePattern.frequency, daily.recurrencePattern.interval], ['Daily', 2]);
    const stop = await schedules.createOrUpdate(group, 'lab', 'stop', weekly({ startAt: undefined }));
    assert.equal(stop.startAt, undefined);
    assert.deepEqual(stop.stopAt, weekly().stopAt);
  });

  test('a part of a schedule is changed', async () => {
    const made = await schedules.createOrUpdate(group, 'lab', 'changed', weekly());
    const stopAt = new Date(Date.UTC(YEAR, 8, 3, 12));
    const now = await schedules.update(group, 'lab', 'changed', { stopAt, notes: 'Longer' });
    assert.deepEqual([now.stopAt, now.notes], [stopAt, 'Longer']);
    assert.deepEqual([now.startAt, now.recurrencePattern], [made.startAt, made.recurrencePattern]);
  });

  test('schedules are listed', async () => {
    await schedules.createOrUpdate(group, 'lab', 'listed', weekly());
    assert.ok((await names(schedules.listByLab(group, 'lab'))).includes('listed'));
    const list = (filter) => names(schedules.listByLab(group, 'lab', { filter }));
    assert.deepEqual(await list("name eq 'listed'"), ['listed']);
    assert.ok(!(await list("name ne 'listed'")).includes('listed'));
    await assert.rejects(names(schedules.listByLab(group, 'missing')), refused(404, 'ParentResourceNotFound'));
  });

  test('a schedule is deleted', async () => {
    await schedules.createOrUpdate(group, 'lab', 'deleted', weekly());
    await atOnce([200], (options) => schedules.beginDeleteAndWait(group, 'lab', 'deleted', options));
    await assert.rejects(schedules.get(group, 'lab', 'deleted'), refused(404, 'ResourceNotFound'));
    await atOnce([204], (options) => schedules.beginDeleteAndWait(group, 'lab', 'deleted', options));
  });

  test('who may only read deletes nothing', async () => {
    await schedules.createOrUpdate(group, 'lab', 'kept', weekly());
    const { schedules: read } = connect(version, reader);
    await assert.rejects(read.beginDeleteAndWait(group, 'lab', 'kept'), refused(403, 'AuthorizationFailed'));
    assert.equal((await read.get(group, 'lab', 'kept')).name, 'kept');
  });

  test('a schedule is somewhere on earth', async () => {
    const body = weekly({ timeZoneId: 'Mars/Olympus' });
    await assert.rejects(schedules.createOrUpdate(group, 'lab', 'away', body), (error) => {
      refused(400, 'InvalidRequestContent')(error);
      assert.deepEqual(error.response.parsedBody.error.details.map(({ target }) => target), ['properties.timeZoneId']);
      return true;
    });
  });
});

/** The last day is meant as a whole. */
function day(time) {
  return time.toISOString().slice(0, 10);
}
