// How fast the REST API answers with 10,000 machines in the store, on both databases. The work is done by an
// example of the crate `server`, which asks itself over HTTP from eight connections.
import { measure, onBoth } from './time.mjs';

const SECONDS = 5;

export async function api(say) {
  return onBoth(say, async (name, database) => {
    const figures = await measure('api_load', database, `${SECONDS}`);
    const line = (what, { per_second, median_ms, p99_ms }) => ({
      what: `${what}, ${figures.machines.toLocaleString('en')} machines in the store, ${name}`,
      value: `${per_second.toLocaleString('en')}/s, p99 ${p99_ms} ms (median ${median_ms} ms)`,
    });
    return [
      line('GET of a lab', figures.get_lab),
      line('list of 400 machines in 4 pages', figures.list_machines),
      line('PUT of a schedule', figures.put_schedule),
    ];
  });
}
