import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createRedactor } from '../../record/redact.ts';
import { openVault } from '../../secrets/vault.ts';
import { LinkError } from '../link.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { SecretCredentialOptions } from './options.ts';
import { secretCredential } from './secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-credential-'));
const KEY = join(folder, 'key');
writeFileSync(KEY, 'first-value-of-the-key', { mode: 0o600 });
writeFileSync(join(folder, 'broken'), 'two\nlines of it', { mode: 0o600 });
const secrets = await openVault(
  { key: { from: `file:${KEY}`, refresh: '24h' }, broken: { from: `file:${join(folder, 'broken')}` } },
  { profile: 'dev', redactor: createRedactor(), log: () => undefined },
);
after(async () => {
  await secrets.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (more: Partial<SecretCredentialOptions> = {}) =>
  secretCredential('up', { kind: 'secret', secret: 'key', ...more }, secrets);

test('a secret is sent as a bearer token, or in the header that is named', async () => {
  const value = 'first-value-of-the-key';
  assert.deepEqual(await open().headers('alice'), { authorization: `Bearer ${value}` });
  assert.deepEqual(await open({ header: 'X-Api-Key' }).headers('alice'), { 'x-api-key': value });
  assert.deepEqual(await open({ scheme: 'Token' }).headers('alice'), { authorization: `Token ${value}` });
  assert.deepEqual(await open({ header: 'authorization', scheme: 'Basic' }).headers('alice'), {
    authorization: `Basic ${value}`,
  });
});

test('a header that says something else carries no credential', () => {
  for (const header of ['Host', 'Content-Type', 'Mcp-Session-Id', 'mcp-method', 'Accept', 'cookie', 'x y', 'a:b', ''])
    assert.throws(() => open({ header }), /upstreams\.up\.credential\.header: /, header);
  for (const scheme of ['', 'two words', 'a\nb']) assert.throws(() => open({ scheme }), /credential\.scheme: /, scheme);
  assert.throws(() => open({ secret: 'absent' }), TypeError);
});

test('a value that cannot stand in a header is not sent', async () => {
  await assert.rejects(
    open({ secret: 'broken' }).headers('alice'),
    (error) => error instanceof LinkError && error.detail === 'the secret broken cannot stand in a header',
  );
});

test('after a 401 a value that was rotated meanwhile is tried, and one that is the same is not', async () => {
  const credential = open();
  await credential.headers('alice');
  assert.equal(await credential.refused('alice', 401, undefined), false);
  writeFileSync(KEY, 'second-value-of-the-key', { mode: 0o600 });
  assert.equal(await credential.refused('alice', 403, undefined), false);
  // Just now it was read again for a refusal, and is not at once: it is watched as well.
  await eventually(() => credential.refused('alice', 401, undefined));
  assert.deepEqual(await credential.headers('alice'), { authorization: 'Bearer second-value-of-the-key' });
  assert.equal(await credential.refused('alice', 401, undefined), false);
});
