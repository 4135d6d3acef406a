import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createCall, createRuntime } from '../../../test/support/runtime.ts';
import { createRedactor } from '../../record/redact.ts';
import { openVault } from '../../secrets/vault.ts';
import { secrets } from './secrets.ts';

const VALUE = 'the-value-of-the-capability';
process.env['PORTCULLIS_CAPABILITY_TEST'] = VALUE;
const vault = await openVault(
  { crm: { from: 'env:PORTCULLIS_CAPABILITY_TEST' } },
  { profile: 'dev', redactor: createRedactor(), log: () => undefined },
);
const runtime = createRuntime({ secrets: vault });
const mac = createHmac('sha256', VALUE).update('data').digest();

test('a name that cannot be one, or is not declared, stops the start', async () => {
  for (const name of ['', 'CRM', 'a b', '../crm', 7 as unknown as string])
    assert.throws(() => secrets(name), TypeError);
  assert.throws(() => secrets('mail').open(runtime), /no secret "mail"\. Declared: crm\./);
});

test('it declares the name alone, and grants the object of the vault', async () => {
  const capability = secrets('crm');
  assert.deepEqual(capability.declares, { name: 'crm' });
  const handle = await capability.open(runtime);
  const granted = handle.grant(createCall());
  assert.equal(granted, vault.get('crm'));
  assert.deepEqual(Buffer.from(await granted.hmac('sha256', 'data')), mac);
});

test('inside of a sandbox is the name; hashes are made outside', async () => {
  const { remote } = secrets('crm');
  const granted = vault.get('crm');
  const calls: unknown[] = [];
  const face = remote?.face?.((method, args) => {
    calls.push([method, ...args]);
    return Promise.resolve(remote.serve?.(granted, method, args));
  });
  assert.ok(face !== undefined);
  assert.equal(face.name, 'crm');
  assert.deepEqual(Buffer.from(await face.hmac('sha256', 'data')), mac);
  assert.equal(await face.verify('sha256', 'data', mac), true);
  assert.equal(await face.verify('sha256', 'data', mac.subarray(1)), false);
  assert.deepEqual(structuredClone(face), { secret: 'crm' });
  assert.equal(String(face), '[secret]');
  assert.equal(JSON.stringify(face), '"[secret]"');
  assert.equal(inspect(face), '[secret]');
  assert.ok(!inspect([face, calls], { showHidden: true, customInspect: false, depth: 9 }).includes(VALUE));
});

test('what comes out of a sandbox is checked before it is used', async () => {
  const { remote } = secrets('crm');
  const serve = async (method: string, args: readonly unknown[]) => remote?.serve?.(vault.get('crm'), method, args);
  for (const [method, args] of [
    ['hmac', []],
    ['hmac', ['md5', 'data']],
    ['hmac', ['sha256', { toString: () => 'data' }]],
    ['hmac', ['sha256']],
    ['verify', ['sha256', 'data', 'text']],
    ['verify', ['sha256', 'data']],
  ] as const)
    await assert.rejects(serve(method, args), TypeError);
});
