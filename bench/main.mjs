// Measures, and prints one table. Arguments name the rows to measure; without any, all of them are.
//
// A row is a function that gets `say`, for what is worth a line meanwhile, and returns lines of the
// table: what was measured, its value, how Lectern compares, the target, and whether it is met.
import { api } from './api.mjs';
import { firstPage } from './first-page.mjs';
import { publish } from './publish.mjs';
import { timers, usage } from './time.mjs';

const ROWS = { publish, 'first-page': firstPage, timers, usage, api };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in ROWS));
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(', ')}. There are: ${Object.keys(ROWS).join(', ')}.`);
  process.exit(1);
}

const table = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(ROWS)) {
  table.push(...(await ROWS[name]((text) => console.log(text))));
}

const columns = [
  ['Measured', ({ what }) => what],
  ['Value', ({ value }) => value],
  ['Lectern takes', ({ ratio }) => ratio ?? ''],
  ['Target', ({ target }) => target ?? ''],
  ['', ({ met }) => (met === undefined ? '' : met ? 'met' : 'MISSED')],
];
const cells = [columns.map(([title]) => title), ...table.map((line) => columns.map(([, cell]) => cell(line)))];
const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at].length)));
console.log();
cells.forEach((line, number) => {
  console.log(line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ').trimEnd());
  if (number === 0) console.log('-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2)));
});
