// What a browser fetches for the first page after signing in, as it comes over the wire.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { chromium } from 'playwright';

import { removeProject } from './incus.mjs';
import { PASSWORD, Portal, SITE } from './portal.mjs';

const TARGET = 250;
const PROJECT = `lectern-bench-${process.pid}-page`;

/** When nothing has come for so long, the page is complete; in milliseconds. */
const SILENCE = 1500;

export async function firstPage(say) {
  // A build for development made meanwhile has taken the release's files away.
  if (!existsSync(join(SITE, 'pkg/lectern.wasm.br'))) throw new Error('The files in target/site are not a release.');
  const portal = await Portal.start(PROJECT);
  let browser;
  try {
    await portal.owner.send('labs/create', {
      'lab[title]': 'Orchids',
      'lab[image]': 'debian-12',
      'lab[size]': 'Basic_1_1GB_8',
      'lab[capacity]': '5',
      'lab[create_option]': 'Image',
      'lab[username]': 'student',
      'lab[password]': PASSWORD,
      'lab[shared_password]': 'on',
    });
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    const fetched = await visit(browser, portal);
    for (const { path, bytes } of fetched) say(`first-page: ${kilobytes(bytes).padStart(9)}  ${path}`);
    const all = fetched.reduce((sum, { bytes }) => sum + bytes, 0);
    const met = all <= TARGET * 1000;
    const what = `first signed-in page, ${fetched.length} files, compressed`;
    return [{ what, value: kilobytes(all), target: `<= ${TARGET} KB`, met }];
  } finally {
    await browser?.close();
    await portal.stop();
    await removeProject(PROJECT);
  }
}

/** Opens the list of labs with an empty cache; returns everything that came, with its headers. */
async function visit(browser, portal) {
  const context = await browser.newContext();
  const [name, value] = portal.owner.cookie.split('=');
  await context.addCookies([{ name, value, url: portal.url }]);
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  const fetched = new Map();
  let last = performance.now();
  const add = (id, bytes) => {
    last = performance.now();
    if (fetched.has(id)) fetched.get(id).bytes += bytes;
  };
  network.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const { protocol, pathname, search } = new URL(request.url);
    if (protocol === 'http:') fetched.set(requestId, { path: pathname + search, bytes: 0 });
    add(requestId, 0);
  });
  network.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.status !== 200) throw new Error(`${response.url}: ${response.status}`);
    add(requestId, response.encodedDataLength);
  });
  network.on('Network.dataReceived', ({ requestId, encodedDataLength }) => add(requestId, encodedDataLength));
  // Now it is known exactly. An event stream never ends; what it has said until the page is complete counts.
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    add(requestId, 0);
    if (fetched.has(requestId)) fetched.get(requestId).bytes = encodedDataLength;
  });
  await page.goto(`${portal.url}/labs`, { waitUntil: 'load' });
  await page.getByRole('link', { name: /Orchids/ }).first().waitFor();
  while (performance.now() - last < SILENCE) await pause(100);
  return [...fetched.values()];
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
