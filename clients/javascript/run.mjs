// Runs the tests of this folder against a simulated portal of their own; names of test files as arguments run
// only those. Exits with 0 if everything passed.
//
//   LECTERN_PORTAL     the portal to start, instead of the one that was built last
//   LECTERN_RESPONSES  where to write every response that the tests saw, one JSON object a line
//   LECTERN_PYTHON     a Python that has what `../python/validate.py` needs: the responses are held
//                      against what the server publishes, and the predecessor's description where it is
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { holes } from './coverage.mjs';
import { SimulatedPortal } from './simulated-portal.mjs';

const HERE = import.meta.dirname;
const BINARY = join(HERE, '../../target/debug/examples/simulated-portal');
// Only ends a test that would never end.
const LIMIT = 300_000;

const folder = await mkdtemp(join(tmpdir(), 'lectern-javascript-'));
try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}

async function main() {
  const wanted = process.argv.slice(2);
  const responses = resolve(process.env.LECTERN_RESPONSES || join(folder, 'responses.jsonl'));
  await writeFile(responses, '');

  const openapi = join(folder, 'openapi.json');
  const portal = await SimulatedPortal.start(process.env.LECTERN_PORTAL || BINARY);
  let passed;
  try {
    const control = join(folder, 'control');
    await portal.listen(control);
    const variables = { ...portal.variables, LECTERN_CONTROL: control, LECTERN_RESPONSES: responses };
    await writeFile(openapi, await portal.description());
    passed = await test(wanted.length > 0 ? wanted : await allTests(), variables);
  } finally {
    await portal.stop();
  }

  // A part of the tests is not expected to try everything.
  if (wanted.length === 0) passed = complete(await readFile(responses, 'utf8')) && passed;
  const python = process.env.LECTERN_PYTHON;
  if (python) passed = (await succeeds(python, [join(HERE, '../python/validate.py'), responses, openapi])) && passed;
  return passed;
}

async function allTests() {
  const names = await readdir(join(HERE, 'tests'));
  return names.filter((name) => name.endsWith('.test.mjs')).map((name) => join(HERE, 'tests', name));
}

/** Runs test files one after the other: they share the simulated world, which they break on purpose. */
function test(files, variables) {
  const others = Object.entries(process.env).filter(([name]) => !/^(AZURE|LECTERN)_/.test(name));
  const env = {
    ...Object.fromEntries(others),
    ...variables,
    // Node reads this only as it starts.
    NODE_EXTRA_CA_CERTS: variables.LECTERN_CA,
    // The portal is on this machine, whatever proxy there is to the rest of the world.
    NO_PROXY: '127.0.0.1',
  };
  const args = ['--test', '--test-reporter=spec', '--test-concurrency=1', `--test-timeout=${LIMIT}`, ...files];
  return succeeds(process.execPath, args, { env });
}

/** Whether everything was tried, from the responses. */
function complete(lines) {
  const missing = holes(lines.split('\n').filter(Boolean).map((line) => JSON.parse(line)));
  for (const hole of missing) console.error(`Not seen: ${hole}`);
  return missing.length === 0;
}

async function succeeds(command, args, options) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  const [code] = await once(child, 'exit');
  return code === 0;
}
