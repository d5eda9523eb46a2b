// What is expected of answers: at once, later, or not at all.
import assert from 'node:assert/strict';

import { ENDPOINT, passTime } from './portal.mjs';

// Where the server does not say when to look again, there is no reason to wait.
export const OPTIONS = { updateIntervalInMs: 10 };

/** Runs an operation that is done when it is answered, with one of `statuses`; returns its result. */
export async function atOnce(statuses, begin) {
  const { result, answers } = await run(begin);
  assert.equal(answers.length, 1, 'it was looked at again');
  assert.ok(statuses.includes(answers[0].status), `it was answered with ${answers[0].status}`);
  return result;
}

/** Runs an operation to its end that is answered with `status` first; returns its result and its id. */
export async function later(status, begin) {
  const { result, answers } = await run(begin);
  assert.equal(answers[0].status, status);
  const id = idOf(answers[0]);
  assert.ok(answers.length > 1, 'it was not looked at again');
  assert.equal(answers[1].status, 200);
  return { result, id };
}

/** The id of the operation that an answer is about; it says where and when to look at it. */
export function idOf(answer) {
  for (const name of ['azure-asyncoperation', 'location']) {
    assert.ok(answer.headers.get(name)?.startsWith(`${ENDPOINT}/`), `${name}: ${answer.headers.get(name)}`);
  }
  assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
  return new URL(answer.headers.get('azure-asyncoperation')).pathname.split('/').at(-1);
}

/** Runs an operation that is begun and then fails with `code`; `begin` returns its poller. */
export async function failsLater(code, begin) {
  const answers = [];
  const ends = async () => {
    const poller = await begin({ ...OPTIONS, onResponse: (answer) => answers.push(answer) });
    while (!poller.isDone()) await lookLater(poller);
  };
  await assert.rejects(ends, hasFailed(code));
  return idOf(answers[0]);
}

/** Looks at an operation when the time is up for whatever failed so far. */
export async function lookLater(poller) {
  await passTime();
  await poller.poll();
  await poller.delay();
}

/** Accepts how the library reports an operation that failed with `code` and a message. */
export function hasFailed(code) {
  return ({ message }) => {
    assert.match(message, new RegExp(`^The long-running operation has failed\\. ${code}\\. \\S`));
    return true;
  };
}

/** Accepts a request's refusal with `status`, `code` and a sentence. */
export function refused(status, code) {
  return (error) => {
    const { name, statusCode, code: said, message } = error;
    assert.deepEqual({ name, statusCode, code: said }, { name: 'RestError', statusCode: status, code }, message);
    assert.match(message, /\S.*\.$/s);
    return true;
  };
}

/** What a list is of, by name. */
export async function names(list) {
  const found = [];
  for await (const { name } of list) found.push(name);
  return found.sort();
}

async function run(begin) {
  const answers = [];
  const result = await begin({ ...OPTIONS, onResponse: (answer) => answers.push(answer) });
  return { result, answers };
}
