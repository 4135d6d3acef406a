import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { REPORT } from '../../../test/support/audit-report.ts';
import { createEnvelope, preAuthentication, signEnvelope } from '../../manifest/dsse.ts';
import { createRun } from '../run.ts';
import { openAttestation } from './attestation.ts';
import { isOfRun, statementOf } from './statement.ts';
import { subjectOfFiles, subjectOfName } from './subject.ts';

const NOW = new Date('2026-11-21T10:00:00.000Z');
const TYPE = 'application/vnd.in-toto+json';
const RUN = createRun({ version: '1.2.3', target: 'a target', at: REPORT.at }, [
  { kind: 'files', gathered: {}, files: ['mcp.json'], unread: [] },
]);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const STATEMENT = statementOf(RUN, REPORT, subjectOfName('https://mcp.example/mcp'), NOW);

/** An envelope over any payload, of any type, made without the code under test but for its encoding. */
function envelope(payload: unknown, type = TYPE, key: KeyObject = privateKey): string {
  return JSON.stringify(signEnvelope(createEnvelope(type, JSON.stringify(payload)), key));
}

test('what is signed is what DSSE 1.0.2 says', () => {
  const body = Buffer.from('hello world');
  const encoded = preAuthentication('http://example.com/HelloWorld', body).toString();
  assert.equal(encoded, 'DSSEv1 29 http://example.com/HelloWorld 11 hello world');
});

test('an attestation is an in-toto statement of version 1 in a DSSE envelope', () => {
  const { payloadType, payload, signatures } = JSON.parse(envelope(STATEMENT)) as {
    readonly payloadType: string;
    readonly payload: string;
    readonly signatures: readonly object[];
  };
  assert.equal(payloadType, 'application/vnd.in-toto+json');
  assert.deepEqual(Object.keys(signatures[0] ?? {}), ['keyid', 'sig']);
  const statement = JSON.parse(Buffer.from(payload, 'base64').toString()) as Record<string, unknown>;
  assert.deepEqual(Object.keys(statement), ['_type', 'subject', 'predicateType', 'predicate']);
  assert.equal(statement['_type'], 'https://in-toto.io/Statement/v1');
  assert.equal(statement['predicateType'], 'urn:portcullis:audit:v1');
  const sha256 = createHash('sha256').update('https://mcp.example/mcp').digest('hex');
  assert.deepEqual(statement['subject'], [{ name: 'https://mcp.example/mcp', digest: { sha256 } }]);
});

test('it is opened with its key, and says what came of which run', () => {
  const { statement, age } = openAttestation(envelope(STATEMENT), publicKey, NOW);
  assert.deepEqual(statement, STATEMENT);
  assert.equal(age, 86_400_000);
  const { verdicts, findings, cosai } = statement.predicate;
  assert.equal(verdicts.length, 100);
  assert.deepEqual(findings, { critical: 0, high: 2, medium: 0, low: 0, waived: 1, known: 1 });
  assert.equal(Object.keys(cosai).length, 8);
  assert.equal(isOfRun(statement, JSON.parse(JSON.stringify(RUN))), true);
  assert.equal(isOfRun(statement, { ...RUN, target: 'another' }), false);
});

test('either alphabet of base64 is read, no key id is needed, and other signatures do not matter', () => {
  const payload = Buffer.from(JSON.stringify(STATEMENT));
  const sig = sign(null, preAuthentication(TYPE, payload), privateKey);
  const bare = {
    payloadType: TYPE,
    payload: payload.toString('base64url'),
    signatures: [{ sig: sig.toString('base64url') }],
  };
  assert.deepEqual(openAttestation(JSON.stringify(bare), publicKey, NOW).statement, STATEMENT);
  const other = { keyid: 'x', sig: Buffer.alloc(64).toString('base64'), more: 1 };
  const two = { ...bare, more: 1, signatures: [other, { keyid: '', sig: sig.toString('base64') }] };
  assert.deepEqual(openAttestation(JSON.stringify(two), publicKey, NOW).statement, STATEMENT);
});

test('members that are not known are left out', () => {
  const more = { ...STATEMENT, more: 1, predicate: { ...STATEMENT.predicate, more: { deep: 1 } } };
  assert.deepEqual(openAttestation(envelope(more), publicKey, NOW).statement, STATEMENT);
});

test('a wrong key, a changed payload, another type, another time: each is refused', () => {
  const stranger = generateKeyPairSync('ed25519');
  const changed = JSON.parse(envelope(STATEMENT)) as { payload: string; payloadType: string; signatures: object[] };
  const bytes = Buffer.from(changed.payload, 'base64').toString().replace('"status":"fail"', '"status":"pass"');
  const payload = Buffer.from(bytes).toString('base64');
  const at = (auditedAt: string, signedAt: string): unknown => ({
    ...STATEMENT,
    predicate: { ...STATEMENT.predicate, auditedAt, signedAt },
  });
  for (const [text, message] of [
    [envelope(STATEMENT, TYPE, stranger.privateKey), /^this key has not signed it/],
    [JSON.stringify({ ...changed, payload }), /^this key has not signed it/],
    [JSON.stringify({ ...changed, payloadType: 'text/plain' }), /^this key has not signed it/],
    [JSON.stringify({ ...changed, signatures: [] }), /^this key has not signed it/],
    [envelope(STATEMENT, 'application/vnd.portcullis.manifest.v1+json'), /^what is signed is no in-toto statement but/],
    [envelope({ ...STATEMENT, _type: 'https://in-toto.io/Statement/v0.1' }), /^what is signed is no in-toto statement/],
    [envelope({ ...STATEMENT, predicateType: 'https://slsa.dev/provenance/v1' }), /^it attests something else/],
    [envelope({ ...STATEMENT, predicate: { verdicts: [] } }), /^what it says of an audit is malformed: predicate\./],
    [
      envelope({ ...STATEMENT, predicate: { ...STATEMENT.predicate, files: { x: 'a'.repeat(64) } } }),
      /^the files that it names are not its subject/,
    ],
    [envelope(null), /^what is signed is no in-toto statement/],
    [envelope(at('2026-11-21T09:00:00.000Z', '2026-11-21T10:05:00.000Z')), /^it is of the future/],
    [envelope(at('2026-11-22T09:00:00.000Z', '2026-11-21T10:00:00.000Z')), /^it is of the future/],
    [envelope(at('2026-11-21T09:30:00.000Z', '2026-11-21T09:00:00.000Z')), /^it was signed before the audit/],
    [envelope(at('yesterday', '2026-11-21T09:00:00.000Z')), /predicate\.auditedAt/],
    ['{', /^it is no JSON/],
    ['{}', /^it is no DSSE envelope/],
    [JSON.stringify({ ...changed, payload: '*' }), /^it is no DSSE envelope/],
  ] as const)
    assert.throws(() => openAttestation(text, publicKey, NOW), { name: 'TypeError', message });
  assert.equal(createPublicKey(privateKey).equals(publicKey), true);
});

async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-subject-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

test('the digest of files is the one that sha256sum makes of them', async (t) => {
  const names = ['b.json', 'a/c.yaml', 'a b', '\u00e9', 'odd\\name', 'two\nlines'];
  const folder = await folderOf(t, Object.fromEntries(names.map((name) => [name, `text of ${name}`])));
  const subject = await subjectOfFiles('x', folder, names);
  const shell = 'find . -type f -printf "%P\\0" | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum';
  assert.equal(`${subject.sha256}  -\n`, execFileSync('sh', ['-c', shell], { cwd: folder, encoding: 'utf8' }));
  assert.deepEqual(Object.keys(subject.files ?? {}), [
    'a b',
    'a/c.yaml',
    'b.json',
    'odd\\name',
    'two\nlines',
    '\u00e9',
  ]);
  const one = await subjectOfFiles('x', join(folder, 'b.json'), ['b.json']);
  assert.equal(one.files?.['b.json'], subject.files?.['b.json']);
});

test('what is gone, leads elsewhere, or changed since reading began is not signed', async (t) => {
  const folder = await folderOf(t, { 'a/x': '1', y: '2' });
  const before = new Date(Date.now() + 3_600_000);
  await subjectOfFiles('x', folder, ['y', 'a/x'], before);
  await assert.rejects(subjectOfFiles('x', folder, ['gone']), /^TypeError: gone is gone, is a link, or lies outside/);
  await assert.rejects(subjectOfFiles('x', join(folder, 'a'), ['../y']), /\.\.\/y is gone, is a link, or lies outside/);
  await assert.rejects(subjectOfFiles('x', folder, ['a']), /a is no file any more/);
  await symlink('y', join(folder, 'z'));
  await assert.rejects(subjectOfFiles('x', folder, ['z']), /is a link/);
  // A time that is set by hand does not hide it.
  await writeFile(join(folder, 'y'), '3');
  await utimes(join(folder, 'y'), 0, 0);
  await assert.rejects(
    subjectOfFiles('x', folder, ['y'], new Date(Date.now() - 3_600_000)),
    /y changed while it was audited/,
  );
});
