// Whether the tests tried everything there is, judged by the responses they saw.

/** The versions of the API. */
export const VERSIONS = ['2022-08-01', '2023-06-07'];

// What has to be seen of an operation, besides that it was accepted. One that the API calls long-running has to
// fail, too: with an error as the answer, or, where the work outlasts the request, at the end of that work.
const LONG = ['answered', 'failing'];
const LATER = ['answered', 'ending well', 'ending badly'];
// Deleting a lab goes on until it works.
const STEADY = ['answered', 'ending well', 'failing'];

/**
 * All operations: id, method, path, what has to be seen. `~` begins paths in a subscription, `~~` those in a
 * resource group.
 */
const OPERATIONS = [
  ['Images_ListByLabPlan', 'GET', '~~/labPlans/*/images'],
  ['Images_Get', 'GET', '~~/labPlans/*/images/*'],
  ['Images_CreateOrUpdate', 'PUT', '~~/labPlans/*/images/*'],
  ['Images_Update', 'PATCH', '~~/labPlans/*/images/*'],
  ['LabPlans_ListBySubscription', 'GET', '~/labPlans'],
  ['LabPlans_ListByResourceGroup', 'GET', '~~/labPlans'],
  ['LabPlans_Get', 'GET', '~~/labPlans/*'],
  ['LabPlans_CreateOrUpdate', 'PUT', '~~/labPlans/*', LONG],
  ['LabPlans_Update', 'PATCH', '~~/labPlans/*', LONG],
  ['LabPlans_Delete', 'DELETE', '~~/labPlans/*', LONG],
  ['LabPlans_SaveImage', 'POST', '~~/labPlans/*/saveImage', LATER],
  ['Operations_List', 'GET', '/providers/Microsoft.LabServices/operations'],
  ['Labs_ListBySubscription', 'GET', '~/labs'],
  ['Labs_ListByResourceGroup', 'GET', '~~/labs'],
  ['Labs_Get', 'GET', '~~/labs/*'],
  ['Labs_CreateOrUpdate', 'PUT', '~~/labs/*', LATER],
  ['Labs_Update', 'PATCH', '~~/labs/*', LATER],
  ['Labs_Delete', 'DELETE', '~~/labs/*', STEADY],
  ['Labs_Publish', 'POST', '~~/labs/*/publish', LATER],
  ['Labs_SyncGroup', 'POST', '~~/labs/*/syncGroup', LATER],
  ['OperationResults_Get', 'GET', '~/operationResults/*'],
  ['Schedules_ListByLab', 'GET', '~~/labs/*/schedules'],
  ['Schedules_Get', 'GET', '~~/labs/*/schedules/*'],
  ['Schedules_CreateOrUpdate', 'PUT', '~~/labs/*/schedules/*'],
  ['Schedules_Update', 'PATCH', '~~/labs/*/schedules/*'],
  ['Schedules_Delete', 'DELETE', '~~/labs/*/schedules/*', LONG],
  ['Skus_List', 'GET', '~/skus'],
  ['Usages_ListByLocation', 'GET', '~/locations/*/usages'],
  ['Users_ListByLab', 'GET', '~~/labs/*/users'],
  ['Users_Get', 'GET', '~~/labs/*/users/*'],
  ['Users_CreateOrUpdate', 'PUT', '~~/labs/*/users/*', LONG],
  ['Users_Update', 'PATCH', '~~/labs/*/users/*', LONG],
  ['Users_Delete', 'DELETE', '~~/labs/*/users/*', LONG],
  ['Users_Invite', 'POST', '~~/labs/*/users/*/invite', LATER],
  ['VirtualMachines_ListByLab', 'GET', '~~/labs/*/virtualMachines'],
  ['VirtualMachines_Get', 'GET', '~~/labs/*/virtualMachines/*'],
  ['VirtualMachines_Start', 'POST', '~~/labs/*/virtualMachines/*/start', LATER],
  ['VirtualMachines_Stop', 'POST', '~~/labs/*/virtualMachines/*/stop', LATER],
  ['VirtualMachines_Reimage', 'POST', '~~/labs/*/virtualMachines/*/reimage', LATER],
  ['VirtualMachines_Redeploy', 'POST', '~~/labs/*/virtualMachines/*/redeploy', LATER],
  ['VirtualMachines_ResetPassword', 'POST', '~~/labs/*/virtualMachines/*/resetPassword', LATER],
].map(([id, method, path, expected = ['answered']]) => ({ id, method, path: pattern(path), expected }));

/** What was not seen in each version, in words. */
export function holes(responses) {
  const seen = new Set();
  // Where the status of a long operation is asked for, and which one it is.
  const begun = new Map();
  for (const { method, url, status, headers, body } of responses) {
    const { pathname, searchParams } = new URL(url);
    const operation = OPERATIONS.find((one) => one.method === method && one.path.test(pathname));
    const version = searchParams.get('api-version');
    if (operation) {
      const name = `${operation.id} in ${version}`;
      seen.add(`${name} ${status < 400 ? 'answered' : 'failing'}`);
      const look = headers['azure-asyncoperation'];
      if (look) begun.set(new URL(look).pathname, name);
    }
    const name = begun.get(pathname);
    if (name && body?.status === 'Succeeded') seen.add(`${name} ending well`);
    if (name && body?.status === 'Failed') seen.add(`${name} failing`).add(`${name} ending badly`);
  }
  return OPERATIONS.flatMap(({ id, expected }) =>
    VERSIONS.flatMap((version) => expected.map((what) => `${id} in ${version} ${what}`)),
  ).filter((name) => !seen.has(name));
}

/** Paths are compared without regard to case, as the API does. */
function pattern(path) {
  const full = path
    .replace(/^~~/, '/subscriptions/*/resourceGroups/*/providers/Microsoft.LabServices')
    .replace(/^~/, '/subscriptions/*/providers/Microsoft.LabServices');
  return new RegExp(`^${full.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$`, 'i');
}
