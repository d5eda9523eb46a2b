// What there is to choose from: operations, sizes of machines, and how many of them there may be.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { names, refused } from '../answers.mjs';
import { forEachVersion } from '../portal.mjs';

forEachVersion('Catalogue', ({ client }) => {
  test('operations', async () => {
    const found = await names(client.operations.list());
    for (const what of ['labPlans/write', 'labs/read', 'labs/publish/action', 'labs/virtualMachines/start/action']) {
      const wanted = `microsoft.labservices/${what}`.toLowerCase();
      assert.ok(found.some((name) => name.toLowerCase() === wanted), `${wanted} in ${found}`);
    }
  });

  test('sizes', async () => {
    const sizes = [];
    for await (const sku of client.skus.list()) sizes.push(sku);
    assert.ok(sizes.length > 0);
    for (const { name, resourceType, tier, capacity, capabilities, costs } of sizes) {
      assert.match(name, /\S/);
      assert.match(resourceType, /^labs$/i);
      assert.ok(['Standard', 'Premium'].includes(tier), tier);
      assert.ok(capacity.minimum <= capacity.default && capacity.default <= capacity.maximum);
      const known = capabilities.map((capability) => capability.name);
      for (const wanted of ['vCPUs', 'MemoryGB']) assert.ok(known.includes(wanted), `${wanted} in ${known}`);
      assert.ok(costs.every(({ quantity }) => quantity >= 0));
    }
    const [{ name }] = sizes;
    assert.deepEqual(await names(client.skus.list({ filter: `name eq '${name}'` })), [name]);
    await assert.rejects(names(client.skus.list({ filter: 'name' })), refused(400, 'InvalidFilter'));
  });

  test('usages', async () => {
    const usages = [];
    for await (const usage of client.usages.listByLocation('local')) usages.push(usage);
    assert.ok(usages.length > 0);
    for (const { name, unit, currentValue, limit } of usages) {
      assert.match(name.value, /\S/);
      assert.equal(unit, 'Count');
      assert.ok(Number.isInteger(currentValue) && Number.isInteger(limit));
    }
  });
});
