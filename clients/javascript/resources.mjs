// Bodies of resources, and resources that tests need but are not about.
import { OPTIONS } from './answers.mjs';
import { SUBSCRIPTION } from './portal.mjs';

/** The plan that an installation begins with. */
export const DEFAULT_PLAN = idAt('default', 'labPlans/default');

/** The id of what is at `path` in a resource group. */
export function idAt(group, path) {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.LabServices/${path}`;
}

/** A lab plan. */
export function plan(fields = {}) {
  return {
    location: 'local',
    defaultConnectionProfile: connections(),
    defaultAutoShutdownProfile: shutdown(),
    supportInfo: { email: 'help@school.example', phone: '+1-202-555-0123', instructions: 'Ask in room 12.' },
    ...fields,
  };
}

/** A lab of `capacity` machines; `fields` are its own, `machines` those of its machines. */
export function lab({ capacity = 0, machines = {}, ...fields } = {}) {
  return {
    location: 'local',
    title: 'Algorithms',
    description: 'A lab of the tests.',
    labPlanId: DEFAULT_PLAN,
    autoShutdownProfile: shutdown(),
    connectionProfile: connections(),
    securityProfile: { openAccess: 'Disabled' },
    virtualMachineProfile: {
      createOption: 'TemplateVM',
      imageReference: { id: `${DEFAULT_PLAN}/images/debian-12` },
      sku: { name: 'Medium', capacity },
      additionalCapabilities: { installGpuDrivers: 'Disabled' },
      usageQuota: 'PT10H',
      useSharedPassword: 'Disabled',
      adminUser: { username: 'teacher', password: 'Correct-horse-7' },
      ...machines,
    },
    ...fields,
  };
}

/** Nothing is shut down by itself: the server's clock jumps. */
function shutdown() {
  return { shutdownOnDisconnect: 'Disabled', shutdownWhenNotConnected: 'Disabled', shutdownOnIdle: 'None' };
}

function connections() {
  return { webSshAccess: 'None', webRdpAccess: 'None', clientSshAccess: 'Public', clientRdpAccess: 'None' };
}

/** Makes a plan. */
export function makePlan({ client, group }, name, fields) {
  return client.labPlans.beginCreateOrUpdateAndWait(group, name, plan(fields), OPTIONS);
}

/** Makes a lab, which is a draft. */
export function makeLab({ client, group }, name, fields) {
  return client.labs.beginCreateOrUpdateAndWait(group, name, lab(fields), OPTIONS);
}

/** Makes a lab and publishes it. */
export async function makePublishedLab(scene, name, fields) {
  await makeLab(scene, name, fields);
  await scene.client.labs.beginPublishAndWait(scene.group, name, OPTIONS);
}

/** The machines of a lab that are for students, by name. */
export async function machinesOf({ client, group }, name) {
  const found = [];
  for await (const machine of client.virtualMachines.listByLab(group, name)) {
    if (machine.vmType === 'User') found.push(machine.name);
  }
  return found;
}
