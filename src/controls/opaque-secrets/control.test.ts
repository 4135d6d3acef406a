import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedactor } from '../../record/redact.ts';
import { openVault } from '../../secrets/vault.ts';
import { configure } from './control.ts';

const VALUE = 'a-value-that-is-in-the-vault';
process.env['PORTCULLIS_OPAQUE_TEST'] = VALUE;
const context = { profile: 'dev', redactor: createRedactor(), log: () => undefined } as const;
const vault = await openVault({ crm: { from: 'env:PORTCULLIS_OPAQUE_TEST' } }, context);

test('a handler gets the very object of the vault, which prints as nothing', () => {
  const secret = configure(new Set(['vaulted-secrets']))(vault, 'crm');
  assert.equal(secret, vault.get('crm'));
  assert.equal(String(secret), '[secret]');
});

test('with the control off it gets what can be read', async () => {
  const secret = configure(new Set(['opaque-secrets']))(vault, 'crm');
  assert.equal(String(secret), VALUE);
  assert.equal(JSON.stringify(secret), `"${VALUE}"`);
  assert.deepEqual(await secret.hmac('sha256', 'x'), await vault.get('crm').hmac('sha256', 'x'));
  assert.throws(() => vault.reveal(secret), /no secret of the deployment/);
});

test('a name that is not declared is refused either way', () => {
  for (const weakened of [[], ['opaque-secrets']])
    assert.throws(() => configure(new Set(weakened))(vault, 'mail'), /no secret "mail"/);
});
