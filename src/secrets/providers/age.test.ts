import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createRedactor } from '../../record/redact.ts';
import { openVault, type VaultContext } from '../vault.ts';
import type { SecretVault } from '../secret.ts';

const skip = spawnSync('age', ['--version']).status === 0 ? false : 'needs the Debian package age';
const VALUE = 'a-secret-that-age-encrypted';

interface Keys {
  readonly folder: string;
  readonly identity: string;
  readonly recipient: string;
}

function makeKeys(t: TestContext): Keys {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-age-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const identity = join(folder, 'identity.txt');
  execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' });
  const recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim();
  return { folder, identity, recipient };
}

function encrypt({ folder, recipient }: Keys, name: string, value: string, more: readonly string[] = []): void {
  const made = execFileSync('age', ['-r', recipient, ...more], { input: value });
  writeFileSync(join(folder, `${name}.new`), made);
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

async function open(t: TestContext, folder: string, from: string, more: Partial<VaultContext> = {}) {
  const redactor = createRedactor();
  const vault: SecretVault = await openVault(
    { crm: { from } },
    {
      profile: 'production',
      redactor,
      folder,
      providers: { age: { identity: 'identity.txt' } },
      log: () => undefined,
      ...more,
    },
  );
  t.after(() => vault.close());
  return { vault, redactor };
}

test('what the age of Debian writes is read, binary and armored', { skip }, async (t) => {
  const keys = makeKeys(t);
  for (const more of [[], ['--armor']]) {
    encrypt(keys, 'crm.age', `${VALUE}\n`, more);
    const { vault } = await open(t, keys.folder, 'age:crm.age');
    assert.equal(vault.reveal(vault.get('crm')), VALUE);
    assert.deepEqual(vault.report()[0]?.problems, []);
  }
});

test('the identity is known to the redactor as well', { skip }, async (t) => {
  const keys = makeKeys(t);
  encrypt(keys, 'crm.age', VALUE);
  const { redactor } = await open(t, keys.folder, 'age:crm.age');
  const line = execFileSync('grep', ['AGE-SECRET', keys.identity], { encoding: 'utf8' }).trim();
  assert.equal(redactor.withhold(`x ${line} y ${VALUE}`), 'x [secret] y [secret]');
});

test('a file that is encrypted anew is noticed', { skip }, async (t) => {
  const keys = makeKeys(t);
  encrypt(keys, 'crm.age', VALUE);
  const { vault } = await open(t, keys.folder, 'age:crm.age');
  const told = new Promise<void>((resolve) => {
    vault.watch('crm', resolve);
  });
  encrypt(keys, 'crm.age', 'another-secret-of-age');
  await told;
  assert.equal(vault.reveal(vault.get('crm')), 'another-secret-of-age');
});

test('what cannot be decrypted is refused, without a word of what is in it', { skip }, async (t) => {
  const [keys, others] = [makeKeys(t), makeKeys(t)];
  encrypt(keys, 'crm.age', VALUE);
  encrypt({ ...keys, recipient: others.recipient }, 'foreign.age', VALUE);
  writeFileSync(join(keys.folder, 'plain.age'), VALUE);
  const sealed = execFileSync('age', ['-r', keys.recipient], { input: VALUE });
  const last = sealed.length - 1;
  sealed[last] = (sealed[last] ?? 0) ^ 1;
  writeFileSync(join(keys.folder, 'changed.age'), sealed);
  for (const name of ['foreign.age', 'plain.age', 'changed.age', 'absent.age']) {
    await assert.rejects(open(t, keys.folder, `age:${name}`), (error: Error) => {
      assert.match(
        error.message,
        /^secrets\.crm: it cannot be read: .*(?:no age file for an identity|cannot be opened)/,
      );
      assert.doesNotMatch(error.message, new RegExp(VALUE));
      return true;
    });
  }
  await assert.rejects(open(t, keys.folder, 'age:crm.age', { providers: {} }), /age\.identity is not set/);
  chmodSync(keys.identity, 0o640);
  await assert.rejects(open(t, keys.folder, 'age:crm.age'), /identity\.txt can be read by others/);
  writeFileSync(keys.identity, '# nothing\n', { mode: 0o600 });
  chmodSync(keys.identity, 0o600);
  await assert.rejects(open(t, keys.folder, 'age:crm.age'), /holds no age identity/);
});
