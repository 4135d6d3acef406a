import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { verifierKey } from '../../src/record/keys.ts';
import { event, open, ORIGIN, rewrite, segmentNames, testKey } from '../record/fixture.ts';
import { portcullis } from '../support/command.ts';
import { writeFiles } from '../support/evidence.ts';

const configOf = (scopes: readonly string[]): string =>
  JSON.stringify({
    profile: 'dev',
    audit: { directory: 'audit' },
    identities: {
      desk: { client: 'desk-client', owner: 'ann', scopes, until: '2020-01-31' },
      job: { client: 'job-client', owner: 'ann', scopes: ['notes:read'], until: '2099-01-31' },
    },
    secrets: { crm: { from: 'file:/run/secrets/crm' }, old: { from: 'file:/run/secrets/old' } },
    hosts: { 'api.example.com': { credential: { scheme: 'Bearer', secret: 'crm' } } },
  });

async function makeKey(folder: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(join(folder, 'k.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  await writeFile(join(folder, 'k.pem.pub'), publicKey.export({ format: 'pem', type: 'spki' }));
}

/** A deployment that has been in use: its configuration, and an audit log of three records. */
async function deployment(t: TestContext): Promise<string> {
  const folder = await writeFiles(t, { 'portcullis.yaml': configOf(['notes:read']) });
  const log = await open(t, join(folder, 'audit'));
  const time = Date.now();
  await log.append(event(0, { time, kind: 'outcome', client: 'desk-client', target: 'read', decision: 'pass' }));
  for (const number of [1, 2])
    await log.append(event(number, { time, kind: 'config', target: 'limits', before: 'a', after: '<b>|' }));
  await log.close();
  await writeFile(join(folder, 'audit', 'verifier'), verifierKey(ORIGIN, testKey()));
  return folder;
}

async function run(t: TestContext, cwd: string, ...args: readonly string[]) {
  const command = portcullis(t, cwd, args);
  command.endInput();
  const code = await command.ended;
  return { code, out: command.stdout(), err: command.stderr() };
}

const REVIEW = ['review', '--config', 'portcullis.yaml'];

interface Packet {
  readonly undecided: number;
  readonly points: readonly { readonly id: string; readonly kind: string; readonly what: string }[];
}

async function packetOf(t: TestContext, cwd: string, ...more: readonly string[]): Promise<Packet> {
  const { out, err } = await run(t, cwd, ...REVIEW, '--format', 'json', ...more);
  return JSON.parse(out === '' ? err : out) as Packet;
}

test('a review tells what changed, ends and went unused, is signed once it is decided, and counts as evidence', async (t) => {
  const folder = await deployment(t);
  const packet = await packetOf(t, folder);
  const whats = packet.points.map(({ kind, what }) => `${kind}: ${what.replace(/\(.*/, '').trim()}`);
  assert.deepEqual(whats, [
    'changed: config: limits a to <b>|',
    'expires: the client desk ended on 2020-01-31',
    'unused: the client job never came',
    'unused: nothing of the configuration names the secret old',
  ]);
  assert.match(packet.points[0]?.what ?? '', /2 times/);
  const markdown = await run(t, folder, ...REVIEW);
  assert.equal(markdown.code, 1);
  assert.match(markdown.out, /4 of 4 points are not decided/);
  assert.doesNotMatch(markdown.out, /<b>/);

  await makeKey(folder);
  const early = await run(t, folder, ...REVIEW, '--sign', 'k.pem');
  assert.match(early.err, /4 points are not decided/);
  const decisions = packet.points.map(({ id }) => `  - {point: '${id}', decision: accept, by: ann}`);
  await writeFile(join(folder, 'd.yaml'), `decisions:\n${decisions.join('\n')}\n`);
  const out = ['--decisions', 'd.yaml', '--sign', 'k.pem', '--attestation', 'r.json'];
  const signed = await run(t, folder, ...REVIEW, ...out);
  assert.deepEqual([signed.code, /wrote r\.json/.test(signed.err)], [0, true]);

  // The attestation alone is in the folder of records: a key beside it would prove nothing.
  const records = await writeFiles(t, { 'evidence/r.dsse.json': await readFile(join(folder, 'r.json'), 'utf8') });
  const check = async (...more: readonly string[]): Promise<string> => {
    const { out: lines } = await run(t, records, 'evidence', 'check', '--json', ...more);
    return lines.split('\n').find((line) => line.includes('"periodic-review"')) ?? '';
  };
  assert.match(await check('--evidence-key', join(folder, 'k.pem.pub')), /"status":"pass"/);
  assert.match(await check(), /"status":"unknown"/);

  await writeFile(join(folder, 'portcullis.yaml'), configOf(['notes:read', 'notes:admin']));
  const before = ['--before', 'r.json', '--before-key', 'k.pem.pub'];
  const next = await packetOf(t, folder, ...before);
  assert.deepEqual(
    next.points.filter(({ kind }) => kind === 'grown').map(({ what }) => what),
    ['the client desk may use notes:admin'],
  );
  const text = await readFile(join(folder, 'r.json'), 'utf8');
  const altered = text.replace(/"sig": "(.)/, (_, first: string) => `"sig": "${first === 'A' ? 'B' : 'A'}`);
  assert.notEqual(altered, text);
  await writeFile(join(folder, 'r2.json'), altered);
  const refused = await run(t, folder, ...REVIEW, '--before', 'r2.json', '--before-key', 'k.pem.pub');
  assert.match(refused.err, /not signed by/);
});

test('nobody signs by a log that was changed', async (t) => {
  const folder = await deployment(t);
  const log = join(folder, 'audit');
  rewrite(join(log, segmentNames(log)[0] ?? ''), (lines) => lines.toSpliced(1, 1));
  const { points } = await packetOf(t, folder);
  const decisions = points.map(({ id }) => `  - {point: '${id}', decision: accept, by: ann}`);
  await writeFile(join(folder, 'd.yaml'), `decisions:\n${decisions.join('\n')}\n`);
  await makeKey(folder);
  const signed = await run(t, folder, ...REVIEW, '--decisions', 'd.yaml', '--sign', 'k.pem');
  assert.equal(signed.code, 1);
  assert.match(signed.err, /the audit log is not whole/);
  assert.match(signed.out, /\*\*NOT whole\*\*/);
});
