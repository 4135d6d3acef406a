import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { AuditEvent, Recorder } from '../record/event.ts';
import { createRedactor, type Redactor } from '../record/redact.ts';
import type { SecretOptions, SecretVault } from './secret.ts';
import { openVault, type VaultContext } from './vault.ts';

interface Opened {
  readonly vault: SecretVault;
  readonly folder: string;
  readonly redactor: Redactor;
  readonly events: AuditEvent[];
  readonly lines: string[];
  /** Moves the clock. */
  readonly pass: (ms: number) => void;
}

/** A recorder in memory that can be broken. */
function memoryRecorder(events: AuditEvent[], isBroken: () => boolean): Recorder {
  return {
    append(event) {
      if (isBroken()) return Promise.reject(new Error('no disk'));
      events.push(event);
      return Promise.resolve({ index: events.length });
    },
    note: (event) => void events.push(event),
    healthy: true,
    close: () => Promise.resolve(),
  };
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-vault-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function put(path: string, value: string, mode = 0o600): void {
  writeFileSync(`${path}.new`, value, { mode });
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}

async function open(
  t: TestContext,
  folder: string,
  secrets: Readonly<Record<string, SecretOptions>>,
  more: Partial<VaultContext> & { readonly broken?: () => boolean } = {},
): Promise<Opened> {
  const [events, lines]: [AuditEvent[], string[]] = [[], []];
  const redactor = createRedactor();
  let skipped = 0;
  const { broken = () => false, ...context } = more;
  const vault = await openVault(secrets, {
    profile: 'production',
    redactor,
    folder,
    recorder: memoryRecorder(events, broken),
    log: (line) => void lines.push(line),
    now: () => Date.now() + skipped,
    ...context,
  });
  t.after(() => vault.close());
  return { vault, folder, redactor, events, lines, pass: (ms) => void (skipped += ms) };
}

const FIRST = 'first-value-of-the-crm';
const SECOND = 'second-value-of-the-crm';

test('a file is read, relative to the folder of the configuration, without its last line ending', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), `${FIRST}\n`);
  const { vault, redactor, events } = await open(t, folder, { crm: { from: 'file:crm', owner: 'crm-team' } });
  assert.equal(await vault.reveal(vault.get('crm')), FIRST);
  assert.deepEqual(vault.names, ['crm']);
  assert.equal(redactor.withhold(`x ${FIRST} y`), 'x [secret] y');
  assert.deepEqual(
    events.map(({ kind, target, decision, detail }) => [kind, target, decision, detail]),
    [['rotation', 'crm', 'loaded', 'from file']],
  );
  const [report] = vault.report();
  assert.deepEqual(
    { ...report, since: 0 },
    { name: 'crm', provider: 'file', owner: 'crm-team', since: 0, problems: [] },
  );
});

test('a secret that is not declared is refused by name, with those that are', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  const { vault } = await open(t, folder, { crm: { from: 'file:crm' } });
  assert.throws(() => vault.get('cmr'), { name: 'TypeError', message: /no secret "cmr"\. Declared: crm\./ });
});

test('what only looks like a secret of the vault reveals nothing', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  const [first, second] = [
    await open(t, folder, { crm: { from: 'file:crm' } }),
    await open(t, folder, { crm: { from: 'file:crm' } }),
  ];
  const real = first.vault.get('crm');
  const forgeries = [{ name: 'crm' }, { ...real }, Object.create(real), structuredClone(real), second.vault.get('crm')];
  for (const forged of forgeries) assert.throws(() => first.vault.reveal(forged), /no secret of the deployment/);
});

test('what cannot be used is refused at the start, with the name and without the value', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'open'), 'readable-by-everyone', 0o644);
  put(join(folder, 'empty'), '\n');
  put(join(folder, 'short'), 'seven77');
  put(join(folder, 'blank'), '          ');
  writeFileSync(join(folder, 'bytes'), Buffer.from([0xff, 0xfe, 1, 2, 3, 4, 5, 6, 7]), { mode: 0o600 });
  writeFileSync(join(folder, 'huge'), 'x'.repeat(70_000), { mode: 0o600 });
  for (const [from, message] of [
    ['file:absent', /secrets\.crm: it cannot be read: .*absent cannot be opened \(ENOENT\)/],
    ['file:open', /can be read by others: give it mode 0600/],
    ['file:empty', /it is empty/],
    ['file:blank', /it is blank/],
    ['file:short', /fewer than 8 characters/],
    ['file:bytes', /no UTF-8 text/],
    ['file:huge', /larger than 65536 bytes/],
    ['file:.', /no regular file/],
    ['file:/dev/zero', /no regular file/],
    ['flie:crm', /did you mean "file:"/],
    ['correct-horse-battery-staple', /this is no reference, and a secret itself has no place here/],
    ['hunter2:and-more', /this is no reference/],
    ['file:', /"file:" must be followed by a place/],
    ['file:a\u0000b', /"file:" must be followed by a place/],
  ] as const) {
    const refused = open(t, folder, { crm: { from } });
    await assert.rejects(refused, (error: Error) => {
      assert.equal(error.name, 'TypeError');
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /correct-horse|hunter2|seven77/);
      return true;
    });
  }
});

test('options that are not there, and spans that cannot be, are refused', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  const bad: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ from: 'file:crm', refesh: '1m' }, /did you mean "refresh"/],
    [{ from: 'file:crm', refresh: '1x' }, /secrets\.crm\.refresh: "1x" is no span/],
    [{ from: 'file:crm', refresh: '1ms' }, /from 100 ms/],
    [{ from: 'file:crm', maxStale: '1s', refresh: '1m' }, /secrets\.crm\.maxStale/],
    [{ refresh: '1m' }, /secrets\.crm\.from: missing/],
  ];
  for (const [options, message] of bad)
    await assert.rejects(open(t, folder, { crm: options as unknown as SecretOptions }), { name: 'TypeError', message });
  await assert.rejects(open(t, folder, { CRM: { from: 'file:crm' } }), /is no name/);
});

test('a dev vault takes a file that others can read, and reports it', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST, 0o644);
  const { vault } = await open(t, folder, { crm: { from: 'file:crm' } }, { profile: 'dev' });
  assert.match(vault.report()[0]?.problems[0] ?? '', /crm can be read by others/);
});

test('a rename is noticed: the new value is used, the old one is good for its overlap and stays unprintable', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  const { vault, redactor, events, pass } = await open(t, folder, { crm: { from: 'file:crm', overlap: '5m' } });
  const crm = vault.get('crm');
  const told = new Promise<void>((resolve) => {
    vault.watch('crm', resolve);
  });
  put(join(folder, 'crm'), SECOND);
  await told;
  assert.equal(vault.reveal(crm), SECOND);
  assert.deepEqual(vault.accepted(crm), [SECOND, FIRST]);
  pass(5 * 60_000 + 1);
  assert.deepEqual(vault.accepted(crm), [SECOND]);
  assert.equal(redactor.withhold(`${FIRST} ${SECOND}`), '[secret] [secret]');
  const { before, after, ...event } = events.at(-1) ?? {};
  assert.notEqual(before, after);
  assert.deepEqual(
    { ...event, time: 0 },
    {
      time: 0,
      kind: 'rotation',
      request: '-',
      target: 'crm',
      decision: 'accepted',
      detail: 'from file',
    },
  );
});

test('a swap of ..data, as Kubernetes publishes secrets, is noticed', async (t) => {
  const folder = folderOf(t);
  const publish = (name: string, value: string): void => {
    mkdirSync(join(folder, name));
    put(join(folder, name, 'crm'), value);
    symlinkSync(name, join(folder, '..data.new'));
    renameSync(join(folder, '..data.new'), join(folder, '..data'));
  };
  publish('..2026_1', FIRST);
  symlinkSync(join('..data', 'crm'), join(folder, 'crm'));
  const { vault } = await open(t, folder, { crm: { from: 'file:crm' } });
  const told = new Promise<void>((resolve) => {
    vault.watch('crm', resolve);
  });
  publish('..2026_2', SECOND);
  await told;
  assert.equal(vault.reveal(vault.get('crm')), SECOND);
});

test('a new value that is empty, blank or short is refused, told once and recorded; the one before stays', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  const { vault, events, lines } = await open(t, folder, { crm: { from: 'file:crm' } });
  for (const [value, why] of [
    ['', 'it is empty'],
    ['   \n', 'it is blank'],
    ['short', 'it has fewer than 8 characters'],
  ] as const) {
    put(join(folder, 'crm'), value);
    assert.equal(await vault.rotate('crm'), false);
    assert.equal(await vault.rotate('crm'), false);
    assert.equal(vault.reveal(vault.get('crm')), FIRST);
    assert.deepEqual(vault.report()[0]?.problems, [`the value that was read is refused: ${why}`]);
    assert.equal(events.filter(({ detail }) => detail?.endsWith(why)).length, 1);
    assert.equal(lines.filter((line) => line.includes(why)).length, 1);
  }
  put(join(folder, 'crm'), FIRST);
  assert.equal(await vault.rotate('crm'), false);
  assert.deepEqual(vault.report()[0]?.problems, []);
});

test('a provider that is down keeps the last value until maxStale, then there is none, until it is back', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  const options = { from: 'file:crm', refresh: '1m', maxStale: '10m' };
  const { vault, pass } = await open(t, folder, { crm: options });
  const crm = vault.get('crm');
  rmSync(join(folder, 'crm'));
  await vault.rotate('crm');
  pass(9 * 60_000);
  assert.equal(vault.reveal(crm), FIRST);
  pass(2 * 60_000);
  assert.throws(() => vault.reveal(crm), /could not be read again for too long/);
  assert.throws(() => vault.accepted(crm), /could not be read again for too long/);
  put(join(folder, 'crm'), FIRST);
  assert.equal(await vault.rotate('crm'), false);
  assert.equal(vault.reveal(crm), FIRST);
});

test('a rotation that cannot be recorded does not happen', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  let broken = false;
  const { vault } = await open(t, folder, { crm: { from: 'file:crm' } }, { broken: () => broken });
  broken = true;
  put(join(folder, 'crm'), SECOND);
  assert.equal(await vault.rotate('crm'), false);
  assert.equal(vault.reveal(vault.get('crm')), FIRST);
  broken = false;
  await vault.rotate('crm');
  assert.equal(vault.reveal(vault.get('crm')), SECOND);
});

test('a secret past its age is reported', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  const { vault, pass } = await open(t, folder, { crm: { from: 'file:crm', maxAge: '90d' } });
  assert.deepEqual(vault.report()[0]?.problems, []);
  pass(91 * 86_400_000);
  assert.match(vault.report()[0]?.problems[0] ?? '', /91 days old, and 90 are allowed/);
});

test('a closed vault gives nothing', async (t) => {
  const folder = folderOf(t);
  put(join(folder, 'crm'), FIRST);
  const { vault } = await open(t, folder, { crm: { from: 'file:crm' } });
  const crm = vault.get('crm');
  await vault.close();
  assert.throws(() => vault.reveal(crm), /has no value/);
});

test('a secret in the environment is taken out of it, and reported', async (t) => {
  process.env['PORTCULLIS_TEST_SECRET'] = FIRST;
  const { vault } = await open(t, folderOf(t), { crm: { from: 'env:PORTCULLIS_TEST_SECRET' } });
  assert.equal(vault.reveal(vault.get('crm')), FIRST);
  assert.equal(process.env['PORTCULLIS_TEST_SECRET'], undefined);
  assert.match(vault.report()[0]?.problems[0] ?? '', /is in the environment/);
});
