// Incus' REST API, for what a benchmark has to do behind Lectern's back.
import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { promisify } from 'node:util';

export const SOCKET = '/var/lib/incus/unix.socket';
const POOL = '/var/lib/incus/storage-pools/lectern';

/** Asks Incus for something in a project, and waits when it goes on in the background. */
export async function incus(method, path, project, body) {
  const answer = await send(method, `/1.0/${path}${path.includes('?') ? '&' : '?'}project=${project}`, body);
  if (!answer.operation) return answer.metadata;
  const operation = answer.operation.split('?')[0];
  const ended = await send('GET', `${operation}/wait?project=${project}`);
  if (ended.metadata.status_code >= 400) throw new Error(`${path}: ${ended.metadata.err}`);
  return ended.metadata;
}

function send(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: SOCKET, method, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => (text += part));
      response.on('end', () => {
        const answer = JSON.parse(text);
        if (answer.error_code) reject(new Error(`${path}: ${answer.error}`));
        else resolve(answer);
      });
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

/** Does something with each of many things, so many at once. */
export async function each(things, parallel, act) {
  const left = [...things];
  const hand = async () => {
    while (left.length > 0) await act(left.shift());
  };
  await Promise.all(Array.from({ length: parallel }, hand));
}

/** Removes a project with everything in it. One that is not there is left alone. */
export async function removeProject(project) {
  await incus('DELETE', `projects/${project}?force=1`, 'default').catch((error) => {
    if (!/not found/i.test(error.message)) throw error;
  });
}

/** Waits until the pool has really let go of what was removed, so that it costs the next run nothing. */
export async function poolIsQuiet() {
  await promisify(execFile)('btrfs', ['subvolume', 'sync', POOL], { timeout: 120_000 }).catch(() => {});
}
