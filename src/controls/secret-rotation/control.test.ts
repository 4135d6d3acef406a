import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRedactor } from '../../record/redact.ts';
import { openVault } from '../../secrets/vault.ts';
import { configure } from './control.ts';

test('only its own symbol switches rotation off', () => {
  assert.equal(configure(new Set()), true);
  assert.equal(configure(new Set(['vaulted-secrets', 'opaque-secrets'])), true);
  assert.equal(configure(new Set(['secret-rotation'])), false);
});

for (const rotates of [true, false]) {
  test(`a vault whose rotation is ${rotates ? 'on' : 'off'} ${rotates ? 'takes up' : 'misses'} a new value`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-rotates-'));
    writeFileSync(join(folder, 'crm'), 'the-first-of-the-values', { mode: 0o600 });
    let skipped = 0;
    const vault = await openVault(
      { crm: { from: 'file:crm', maxStale: '1h', refresh: '1m' } },
      {
        profile: 'production',
        redactor: createRedactor(),
        folder,
        log: () => undefined,
        now: () => Date.now() + skipped,
        controls: { literals: false, rotates, separate: () => Promise.resolve({}) },
      },
    );
    t.after(async () => {
      await vault.close();
      rmSync(folder, { recursive: true, force: true });
    });
    writeFileSync(join(folder, 'crm'), 'the-second-of-the-values');
    assert.equal(await vault.rotate('crm'), rotates);
    const [present] = vault.accepted(vault.get('crm'));
    assert.equal(present, rotates ? 'the-second-of-the-values' : 'the-first-of-the-values');
    rmSync(join(folder, 'crm'));
    skipped = 2 * 3_600_000;
    if (rotates) assert.throws(() => vault.reveal(vault.get('crm')), /maxStale/);
    else assert.equal(vault.reveal(vault.get('crm')), present);
  });
}
