// Who may come in, and what the others are told.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { names, refused } from '../answers.mjs';
import { connect, forEachVersion, holder, principal, reader, stranger } from '../portal.mjs';
import { makePlan, plan } from '../resources.mjs';

forEachVersion('Access', (scene) => {
  const { group, version } = scene;

  before(() => makePlan(scene, 'plan'));

  const getAs = (credential, subscription) => connect(version, credential, subscription).labPlans.get(group, 'plan');

  test('a service principal signs in', async () => {
    assert.equal((await getAs(principal())).name, 'plan');
  });

  test('a service principal with a wrong secret does not', async () => {
    await assert.rejects(getAs(principal('wrong')), /invalid_client/);
  });

  test('whoever has no token stays outside', async () => {
    await assert.rejects(getAs(holder('lectern_wrong')), refused(401, 'AuthenticationFailed'));
  });

  test('whoever has no role sees nothing', async () => {
    await assert.rejects(getAs(stranger), refused(404, 'ResourceNotFound'));
  });

  test('whoever may read changes nothing', async () => {
    assert.equal((await getAs(reader)).name, 'plan');
    const { labPlans } = connect(version, reader);
    assert.ok((await names(labPlans.listByResourceGroup(group))).includes('plan'));
    const put = labPlans.beginCreateOrUpdateAndWait(group, 'other', plan());
    await assert.rejects(put, refused(403, 'AuthorizationFailed'));
    await assert.rejects(labPlans.beginUpdateAndWait(group, 'plan', {}), refused(403, 'AuthorizationFailed'));
    await assert.rejects(scene.client.labPlans.get(group, 'other'), refused(404, 'ResourceNotFound'));
  });

  test('there is one subscription', async () => {
    const other = '00000000-0000-4000-8000-000000000000';
    await assert.rejects(getAs(principal(), other), refused(404, 'SubscriptionNotFound'));
  });

  test('versions of the API that do not exist are refused', async () => {
    const { labPlans } = connect('2020-01-01');
    await assert.rejects(labPlans.get(group, 'plan'), refused(400, 'InvalidApiVersionParameter'));
  });
});
