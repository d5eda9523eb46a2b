// Publishing 30 seats on Incus, from the click to Published, against what it asks of Incus without
// Lectern: the same calls by a bare loop, and the copies among them by curl.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { SOCKET, each, incus, poolIsQuiet, removeProject } from './incus.mjs';
import { PASSWORD, Portal, RELEASE } from './portal.mjs';

const run = promisify(execFile);

const SEATS = 30;
const PARALLEL = 4;
const ROUNDS = 3;
const TARGET = 1.15;

/** How often it is asked whether the lab is published, in milliseconds. */
const LOOK = 20;

const PROJECT = `lectern-bench-${process.pid}`;

export async function publish(say) {
  const figures = { lectern: [], bare: [], curl: [] };
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      // Whoever comes first in one round comes last in the next.
      const acts = [byLectern, byBareLoop];
      if (round % 2 === 0) acts.reverse();
      for (const act of acts) Object.entries(await act(say)).forEach(([who, seconds]) => figures[who].push(seconds));
      const last = Object.entries(figures).map(([who, all]) => `${who} ${all.at(-1).toFixed(2)} s`);
      say(`publish, round ${round} of ${ROUNDS}: ${last.join(', ')}`);
    }
  } finally {
    await removeProject(PROJECT);
    await removeProject(`${PROJECT}-bare`);
  }
  const [lectern, bare, curl] = [figures.lectern, figures.bare, figures.curl].map(median);
  const ratio = lectern / bare;
  const seconds = (value) => `${value.toFixed(2)} s`;
  const times = (value) => `${value.toFixed(2)} x`;
  return [
    { what: `publish ${SEATS} seats: Lectern, click to Published`, value: seconds(lectern) },
    {
      what: '  the same Incus calls in a bare loop',
      value: seconds(bare),
      ratio: times(ratio),
      target: `<= ${TARGET} x`,
      met: ratio <= TARGET,
    },
    { what: '  the same sealing, and copies by curl', value: seconds(curl), ratio: times(lectern / curl) },
  ];
}

async function byLectern() {
  const portal = await Portal.start(PROJECT, '--parallel', `${PARALLEL}`);
  try {
    const lab = await newLab(portal.owner);
    const started = performance.now();
    await portal.owner.send('labs/publish', { id: lab });
    const view = () => portal.owner.ask(`lab?id=${lab}`);
    await until(view, ({ badge, progress }) => badge.state === 'published' && !progress?.running, LOOK);
    const seconds = (performance.now() - started) / 1000;
    await expectSeats(PROJECT);
    await portal.owner.send('labs/delete', { id: lab, typed: 'Bench' });
    await portal.owner.send('labs/erase', { id: lab });
    await until(() => incus('GET', 'instances', PROJECT), (there) => there.length === 0, 500);
    return { lectern: seconds };
  } finally {
    await portal.stop();
    await poolIsQuiet();
  }
}

/** Makes a lab; its template is there and stopped when this returns. */
async function newLab(owner) {
  const to = await owner.send('labs/create', {
    'lab[title]': 'Bench',
    'lab[image]': 'debian-12',
    'lab[size]': 'Basic_1_1GB_8',
    'lab[capacity]': `${SEATS}`,
    'lab[create_option]': 'TemplateVM',
    'lab[username]': 'student',
    'lab[password]': PASSWORD,
    'lab[shared_password]': 'on',
  });
  const lab = to.split('/').at(-1);
  const view = () => owner.ask(`lab?id=${lab}`);
  await until(view, ({ badge, progress }) => badge.state === 'draft' && !progress?.running, 200);
  return lab;
}

async function until(ask, so, every) {
  while (!so(await ask())) await pause(every);
}

async function byBareLoop(say) {
  const project = `${PROJECT}-bare`;
  try {
    const { stdout } = await run(join(RELEASE, 'examples/publish_bare'), [project, `${SEATS}`, `${PARALLEL}`]);
    const bare = JSON.parse(stdout);
    await expectSeats(project);
    say(`publish: bare loop, sealing ${bare.sealing.toFixed(2)} s, copying ${bare.copying.toFixed(2)} s`);
    const copying = await byCurl(project, bare.seats);
    return { bare: bare.sealing + bare.copying, curl: bare.sealing + copying };
  } finally {
    await removeProject(project);
    await poolIsQuiet();
  }
}

/** Makes the same seats once more, with the same bodies, by nothing but curl. */
async function byCurl(project, seats) {
  const bodies = await mkdtemp(join(tmpdir(), 'lectern-bench-'));
  try {
    for (const name of seats) {
      const { config, devices } = await incus('GET', `instances/${name}`, project);
      const asked = Object.entries(config).filter(([key]) => /^(limits|boot|security|user\.lectern)\./.test(key));
      const source = { type: 'copy', source: 'bench-g1', instance_only: true };
      const body = { name, type: 'container', profiles: [], config: Object.fromEntries(asked), devices, source };
      await writeFile(join(bodies, `${name}.json`), JSON.stringify(body));
    }
    await each(seats, PARALLEL, (name) => incus('DELETE', `instances/${name}`, project));
    await poolIsQuiet();
    const started = performance.now();
    await run(join(import.meta.dirname, 'copies.sh'), [SOCKET, project, bodies, `${PARALLEL}`]);
    const seconds = (performance.now() - started) / 1000;
    await expectSeats(project);
    return seconds;
  } finally {
    await rm(bodies, { recursive: true });
  }
}

/** A run that made anything else than template, generation and seats is none. */
async function expectSeats(project) {
  const there = await incus('GET', 'instances', project);
  if (there.length !== SEATS + 2) throw new Error(`${project} has ${there.length} instances.`);
}

function median(figures) {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
}
