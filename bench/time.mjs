// How late what is due at a time is done, with 100,000 rows due within two minutes, and how long the usage
// of a large lab takes; on both databases. The work is done by two examples of the crate `store`.
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { RELEASE } from './portal.mjs';

const run = promisify(execFile);

const ROWS = 100_000;
const SECONDS = 120;
const LATE = 1000;
const USAGE = 50;

export async function timers(say) {
  return onBoth(say, async (name, database) => {
    const figures = await measure('due_rows', database, `${ROWS}`, `${SECONDS}`);
    const { stopped, early, median_ms, p99_ms, worst_ms } = figures;
    return [
      {
        what: `${ROWS.toLocaleString('en')} rows due in ${SECONDS} s, ${name}: the latest`,
        value: `${worst_ms} ms`,
        target: `<= ${LATE} ms`,
        met: worst_ms <= LATE && stopped === ROWS && early === 0,
      },
      { what: `  median, and of 99 %; ${stopped} done, ${early} early`, value: `${median_ms} ms, ${p99_ms} ms` },
    ];
  });
}

export async function usage(say) {
  return onBoth(say, async (name, database) => {
    const { users, runs, median_ms } = await measure('usage_rows', database);
    return [
      {
        what: `usage of ${users} users with ${runs.toLocaleString('en')} stretches, ${name}`,
        value: `${median_ms} ms`,
        target: `<= ${USAGE} ms`,
        met: median_ms <= USAGE,
      },
    ];
  });
}

export async function measure(example, ...args) {
  const { stdout } = await run(join(RELEASE, 'examples', example), args);
  return JSON.parse(stdout);
}

/** Measures on a new SQLite and on a new PostgreSQL. */
export async function onBoth(say, act) {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-bench-'));
  const postgres = join(folder, 'postgres');
  try {
    const lines = await act('SQLite', `sqlite:${join(folder, 'lectern.db')}`);
    say(`${lines[0].what}: ${lines[0].value}`);
    // PostgreSQL is another user, who has to reach its folder.
    await chmod(folder, 0o755);
    const { stdout } = await run('scripts/start-postgres.sh', [postgres]);
    const more = await act('PostgreSQL', stdout.trim());
    say(`${more[0].what}: ${more[0].value}`);
    return [...lines, ...more];
  } finally {
    await run('scripts/stop-postgres.sh', [postgres]).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}
