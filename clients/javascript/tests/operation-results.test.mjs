// What became of a long-running operation, asked for by its id.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { failsLater, idOf, later, refused } from '../answers.mjs';
import { forEachVersion, whileNewBreaks } from '../portal.mjs';
import { lab } from '../resources.mjs';

forEachVersion('Operation results', ({ client, group }) => {
  const { labs, operationResults } = client;

  test('one that succeeded', async () => {
    const { id } = await later(201, (options) => labs.beginCreateOrUpdateAndWait(group, 'made', lab(), options));
    const result = await operationResults.get(id);
    assert.deepEqual([result.name, result.status, result.error], [id, 'Succeeded', undefined]);
    assert.ok(result.startTime instanceof Date);
    assert.ok(result.endTime >= result.startTime);
  });

  test('one that is under way, and then fails', async () => {
    await whileNewBreaks(async () => {
      const id = await failsLater('EngineFailed', async (options) => {
        const answers = [];
        const onResponse = (answer) => answers.push(answer) && options.onResponse(answer);
        const poller = await labs.beginCreateOrUpdate(group, 'unmade', lab(), { ...options, onResponse });
        const { status, endTime } = await operationResults.get(idOf(answers[0]));
        assert.deepEqual([status, endTime], ['InProgress', undefined]);
        return poller;
      });
      const { status, error } = await operationResults.get(id);
      assert.deepEqual([status, error.code], ['Failed', 'EngineFailed']);
      assert.match(error.message, /\S/);
    });
  });

  test('one that never was', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    await assert.rejects(operationResults.get(id), refused(404, 'ResourceNotFound'));
  });
});
