import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AuditEvent } from '../../record/event.ts';
import { loadOrCreateKey, verifierKey } from '../../record/keys.ts';
import { verifyLog } from '../../record/verify.ts';
import { configure } from './control.ts';

const event = (request: string): AuditEvent => ({
  time: 1_700_000_000_000,
  kind: 'outcome',
  request,
  decision: 'pass',
});

interface Written {
  readonly directory: string;
  readonly publicKey: string;
  readonly segment: string;
}

/** Writes three records, closes the log and hands it over. */
async function withLog(weakened: readonly string[], use: (written: Written) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-integrity-'));
  try {
    const directory = join(folder, 'log');
    const key = await loadOrCreateKey(join(folder, 'key.pem'));
    const recorder = await configure(new Set(weakened), { directory, origin: 'test/log', key });
    for (const request of ['one', 'two', 'three']) await recorder.append(event(request));
    assert.equal(recorder.healthy, true);
    await recorder.close();
    const [segment] = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'));
    assert.ok(segment !== undefined);
    await use({ directory, publicKey: verifierKey('test/log', key), segment: join(directory, segment) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('what was written verifies, and only its owner can read it', async () => {
  await withLog([], async ({ directory, publicKey, segment }) => {
    const { ok, records, signed } = await verifyLog(directory, publicKey);
    assert.deepEqual({ ok, records, signed }, { ok: true, records: 3, signed: 3 });
    if (process.platform !== 'win32') assert.equal((await stat(segment)).mode & 0o077, 0);
  });
});

test('what was changed does not', async () => {
  const changes: readonly (readonly [string, (text: string) => string])[] = [
    ['altered', (text) => text.replace('"request":"two"', '"request":"TWO"')],
    ['altered at the end', (text) => text.replace('"request":"three"', '"request":"THREE"')],
    ['dropped', (text) => text.split('\n').toSpliced(1, 1).join('\n')],
    ['cut off', (text) => text.split('\n').toSpliced(2, 1).join('\n')],
    ['emptied', () => ''],
  ];
  for (const [name, change] of changes) {
    await withLog([], async ({ directory, publicKey, segment }) => {
      await writeFile(segment, change(await readFile(segment, 'utf8')));
      assert.equal((await verifyLog(directory, publicKey)).ok, false, name);
    });
  }
});

test('a log whose checkpoints were taken away does not', async () => {
  await withLog([], async ({ directory, publicKey }) => {
    for (const name of ['checkpoint', 'checkpoints']) await rm(join(directory, name), { recursive: true });
    const { ok, findings } = await verifyLog(directory, publicKey);
    assert.equal(ok, false);
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['no-checkpoint'],
    );
  });
});

test('another key does not verify it', async () => {
  await withLog([], async ({ directory }) => {
    await withLog([], async ({ publicKey }) => {
      assert.equal((await verifyLog(directory, publicKey)).ok, false);
    });
  });
});

test('with the control off, records are kept and nothing binds them', async () => {
  await withLog(['log-integrity'], async ({ segment }) => {
    const lines = (await readFile(segment, 'utf8')).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [event('one'), event('two'), event('three')],
    );
  });
});
