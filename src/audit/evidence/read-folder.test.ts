import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gathered, NOW, outcomeOf, record, writeFiles } from '../../../test/support/evidence.ts';
import { OPERATION_CASES } from '../../../test/support/evidence-operation.ts';
import { RELEASE_CASES } from '../../../test/support/evidence-release.ts';
import { signEnvelope } from '../../manifest/dsse.ts';
import { createCertificate } from '../../prove/certificate.ts';
import { RECORD_TYPE, STATEMENT_TYPE } from './envelope.ts';

const SECRET = `ghp_${'q7Rf2LmX9vKp4TzW8sBn'.repeat(2)}`;
const KEY: KeyObject = generateKeyPairSync('ed25519').privateKey;
const OTHER: KeyObject = generateKeyPairSync('ed25519').privateKey;

const good = (kind: string): object =>
  [...OPERATION_CASES, ...RELEASE_CASES].find((each) => each.kind === kind)?.good ?? {};

function sealed(type: string, payload: string, key: KeyObject | undefined, altered?: string): string {
  const bare = { payloadType: type, payload: Buffer.from(payload).toString('base64'), signatures: [] };
  const envelope = key === undefined ? bare : signEnvelope(bare, key);
  return JSON.stringify(
    altered === undefined ? envelope : { ...envelope, payload: Buffer.from(altered).toString('base64') },
  );
}

async function one(t: TestContext, files: Readonly<Record<string, string>>, rule: string, places: object = {}) {
  return outcomeOf(await gathered(await writeFiles(t, files), places), rule);
}

test('a record that has to be signed counts by a key that the reader was given, and by no other', async (t) => {
  const text = record('server-inventory', good('server-inventory'));
  const statusOf = async (envelope: string, keys: readonly KeyObject[]): Promise<string> => {
    const { status, why } = await one(t, { 'evidence/x.dsse.json': envelope }, 'server-inventory', { keys });
    return `${status}: ${why}`;
  };
  const [mine, other] = [createPublicKey(KEY), createPublicKey(OTHER)];
  assert.match(await statusOf(sealed(RECORD_TYPE, text, KEY), [mine]), /^pass/);
  assert.match(await statusOf(sealed(RECORD_TYPE, text, KEY), [other, mine]), /^pass/);
  assert.match(await statusOf(sealed(RECORD_TYPE, text, KEY), []), /^unknown.*--evidence-key/);
  assert.match(await statusOf(sealed(RECORD_TYPE, text, KEY), [other]), /^unknown.*none of the keys/);
  assert.match(await statusOf(sealed(RECORD_TYPE, text, undefined), [mine]), /^unknown.*not signed/);
  const altered = text.replace('"ann"', '"eve2"');
  assert.notEqual(altered, text);
  assert.match(await statusOf(sealed(RECORD_TYPE, text, KEY, altered), [mine]), /^fail.*its signature is not/);
  assert.match(await statusOf(text, [mine]), /^unknown.*evidence sign/);
});

test('the newest record of each thing counts', async (t) => {
  const old = record('kill-switch-drill', { ...good('kill-switch-drill'), date: '2025-01-01' });
  const now = record('kill-switch-drill', good('kill-switch-drill'));
  const other = record('kill-switch-drill', { ...good('kill-switch-drill'), date: '2025-01-01', for: 'mail' });
  const rule = 'kill-switch-drill';
  assert.equal((await one(t, { 'evidence/a.json': old, 'evidence/b.json': now }, rule)).status, 'pass');
  assert.equal((await one(t, { 'evidence/a.yaml': `${now}\n---\n${old}` }, rule)).status, 'pass');
  assert.equal((await one(t, { 'evidence/a.json': now, 'evidence/b.json': other }, rule)).status, 'fail');
});

test('a file that a record rests on is held to its digest, and none outside of the target is read', async (t) => {
  const digest = createHash('sha256').update('report').digest('hex');
  const outside = await writeFiles(t, { 'x.txt': 'report' });
  const check = async (path: string, sha256: string): Promise<string> => {
    const text = record('tool-review', { ...good('tool-review'), files: [{ path, sha256 }] });
    const root = await writeFiles(t, { 'evidence/a.json': text, 'reports/sast.txt': 'report' });
    await symlink(join(outside, 'x.txt'), join(root, 'linked.txt'));
    const { status, why } = outcomeOf(await gathered(root), 'tool-review');
    return `${status}: ${why}`;
  };
  assert.match(await check('reports/sast.txt', digest), /^pass/);
  assert.match(await check('reports/sast.txt', 'b'.repeat(64)), /^fail.*is not what it was/);
  for (const path of ['gone.txt', 'linked.txt', join(outside, 'x.txt'), `../${outside.split('/').at(-1) ?? ''}/x.txt`])
    assert.match(await check(path, digest), /^unknown.*is not there/, path);
});

test('a secret in a record is told by its kind and place, and kept nowhere', async (t) => {
  const text = record('leak-drill', { ...good('leak-drill'), note: `it was ${SECRET}` });
  const root = await writeFiles(t, {
    'evidence/a.json': text,
    'evidence/b.yaml': text.replace('"leak-drill"', `"leak-drill"`).replaceAll('},', '},\n'),
    'evidence/key.pem': KEY.export({ format: 'pem', type: 'pkcs8' }).toString(),
  });
  const run = await gathered(root);
  assert.ok(!JSON.stringify(run).includes(SECRET));
  assert.ok(!JSON.stringify(run).includes('PRIVATE'));
  const { status, findings } = outcomeOf(run, 'secret-in-records');
  assert.equal(status, 'fail');
  assert.deepEqual(findings.map(({ evidence }) => evidence ?? '').toSorted(), [
    'a GitHub token',
    'a GitHub token',
    'a private key',
  ]);
});

test('a scan counts when it is complete, fresh, of the released commit, and leaves nothing grave', async (t) => {
  const commit = 'c'.repeat(40);
  const review = record('tool-review', good('tool-review'));
  const run = (more: object): string =>
    JSON.stringify({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'scanner', rules: [{ id: 'r1', defaultConfiguration: { level: 'error' } }] } },
          invocations: [{ executionSuccessful: true, endTimeUtc: '2026-11-20T10:00:00Z' }],
          versionControlProvenance: [{ repositoryUri: 'https://example.com/x', revisionId: commit }],
          results: [],
          ...more,
        },
      ],
    });
  const check = async (sarif: string): Promise<string> => {
    const { status, why } = await one(t, { 'evidence/s.sarif': sarif, 'evidence/r.json': review }, 'scan-reports');
    return `${status}: ${why}`;
  };
  assert.match(await check(run({})), /^pass/);
  const found = { ruleId: 'r1', message: { text: 'x' } };
  assert.match(await check(run({ results: [found] })), /^fail.*1 findings of the level error/);
  assert.match(await check(run({ results: [{ ...found, level: 'note' }] })), /^pass/);
  assert.match(
    await check(run({ results: [{ ...found, suppressions: [{ kind: 'external' }] }] })),
    /^fail.*without a justification/,
  );
  const reason = { kind: 'external', justification: 'no path leads there' };
  assert.match(await check(run({ results: [{ ...found, suppressions: [reason] }] })), /^pass/);
  assert.match(
    await check(run({ results: [{ ...found, suppressions: [{ ...reason, status: 'rejected' }] }] })),
    /^fail/,
  );
  assert.match(
    await check(run({ invocations: [{ executionSuccessful: false, endTimeUtc: '2026-11-20T10:00:00Z' }] })),
    /^fail.*did not come to its end/,
  );
  assert.match(
    await check(run({ invocations: [{ executionSuccessful: true, endTimeUtc: '2026-09-20T10:00:00Z' }] })),
    /^fail.*63 days ago/,
  );
  assert.match(await check(run({ invocations: [] })), /^unknown.*does not say when/);
  assert.match(
    await check(run({ versionControlProvenance: [{ revisionId: 'd'.repeat(40) }] })),
    /^fail.*not what was released/,
  );
  assert.match(await check(run({ versionControlProvenance: [] })), /^unknown.*which commit/);
});

const LOCK = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/@s/b': { version: '2.0.0' },
    'node_modules/dev': { version: '3.0.0', dev: true },
    'packages/own': { version: '0.0.1' },
  },
});
const cyclone = (...purls: readonly string[]): string =>
  JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components: purls.map((purl) => ({ purl })) });

test('a bill of materials is held against the lockfile, both ways', async (t) => {
  const signed = sealed(RECORD_TYPE, record('bill-of-materials', good('bill-of-materials')), KEY);
  const check = async (bom: string, lock: string = LOCK): Promise<string> => {
    const files = {
      'evidence/bom.json': bom,
      'evidence/r.dsse.json': signed,
      ...(lock === '' ? {} : { 'package-lock.json': lock }),
    };
    const { status, findings, why } = await one(t, files, 'bill-of-materials', { keys: [createPublicKey(KEY)] });
    return `${status}: ${findings.map(({ evidence }) => evidence).join()} ${why}`;
  };
  assert.match(await check(cyclone('pkg:npm/a@1.0.0', 'pkg:npm/%40s/b@2.0.0')), /^pass/);
  assert.match(await check(cyclone('pkg:npm/a@1.0.0', 'pkg:npm/%40s/b@2.0.0', 'pkg:npm/dev@3.0.0')), /^pass/);
  assert.match(await check(cyclone('pkg:npm/a@1.0.0')), /^fail: @s\/b@2\.0\.0 /);
  assert.match(await check(cyclone('pkg:npm/a@1.0.1', 'pkg:npm/%40s/b@2.0.0')), /^fail: a@1\.0\.0,a@1\.0\.1 /);
  assert.match(await check(cyclone('pkg:npm/a@1.0.0'), ''), /^unknown.*no package-lock\.json/);
  const spdx = {
    spdxVersion: 'SPDX-2.3',
    packages: ['pkg:npm/a@1.0.0', 'pkg:npm/%40s/b@2.0.0'].map((referenceLocator) => ({
      externalRefs: [{ referenceType: 'purl', referenceLocator }],
    })),
  };
  assert.match(await check(JSON.stringify(spdx)), /^pass/);
});

test('certificates beside the records are read, and one that ends within a week fails', async (t) => {
  const { cert, key } = createCertificate('db.example.com');
  const files = { 'evidence/db.pem': cert };
  const [own] = [await writeFiles(t, files)];
  const at = async (now: number): Promise<string> =>
    outcomeOf(await gathered(own, { now }), 'certificate-inventory').status;
  // It is good for a day from now on, whatever the day of the records is.
  assert.equal(await at(Date.now() - 30 * 86_400_000), 'pass');
  assert.equal(await at(Date.now()), 'fail');
  const run = await gathered(await writeFiles(t, { 'evidence/db.pem': cert + key }));
  assert.equal(outcomeOf(run, 'secret-in-records').status, 'fail');
});

test('what npm says of signatures can speak against, and not for', async (t) => {
  const audit = (invalid: readonly object[]): string => JSON.stringify({ invalid, missing: [] });
  const rule = 'dependency-provenance';
  const bad = await one(t, { 'evidence/a.json': audit([{ name: 'a', version: '1.0.0' }]) }, rule);
  assert.deepEqual(
    [bad.status, bad.findings.map(({ message }) => message)],
    ['fail', ['the signature of a@1.0.0 is wrong']],
  );
  assert.equal((await one(t, { 'evidence/a.json': audit([]) }, rule)).status, 'unknown');
});

test('a signed verdict of what runs lets the release pass, another does not', async (t) => {
  const statement = (digest: string, high: number, bar = 'pass', auditedAt = '2026-11-10T00:00:00Z'): string =>
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'x', digest: { sha256: digest } }],
      predicateType: 'urn:portcullis:audit:v1',
      predicate: { auditedAt, findings: { critical: 0, high }, minimumBar: [{ id: '1.1', status: bar }] },
    });
  const runs = record('release-verdict', good('release-verdict'));
  const check = async (text: string, key: KeyObject = KEY): Promise<string> => {
    const files = { 'evidence/r.json': runs, 'evidence/v.json': sealed(STATEMENT_TYPE, text, key) };
    const { status, why } = await one(t, files, 'release-verdict', { keys: [createPublicKey(KEY)] });
    return `${status}: ${why}`;
  };
  const own = 'a'.repeat(64);
  assert.match(await check(statement(own, 0)), /^pass/);
  assert.match(await check(statement(own, 0), OTHER), /^unknown.*none of the keys/);
  assert.match(await check(statement('b'.repeat(64), 0)), /^unknown.*is of what runs/);
  assert.match(await check(statement(own, 1)), /^fail.*critical or high/);
  assert.match(await check(statement(own, 0).replace('"high":0', '"x":0')), /^fail.*critical or high/);
  assert.match(await check(statement(own, 0, 'fail')), /^fail.*minimum bar that do not hold: 1\.1/);
  assert.match(await check(statement(own, 0, 'pass', '2026-01-01T00:00:00Z')), /^fail.*days ago/);
});

test('where to report is looked for beside the target', async (t) => {
  const plan = { 'evidence/p.json': record('incident-plan', good('incident-plan')) };
  assert.equal((await one(t, plan, 'incident-plan')).status, 'unknown');
  assert.equal(
    (await one(t, { ...plan, 'SECURITY.md': 'Write to security@example.com.' }, 'incident-plan')).status,
    'pass',
  );
  assert.equal((await one(t, { ...plan, 'SECURITY.md': 'Be careful.' }, 'incident-plan')).status, 'unknown');
});

test('who approved what is read from the lock', async (t) => {
  const lock = (approved: object | undefined): string =>
    JSON.stringify({ format: 'portcullis-lock-1', upstreams: { crm: { tools: { find: { digest: 'x', approved } } } } });
  const check = async (approved: object | undefined): Promise<string> =>
    (await one(t, { 'evidence/n.txt': '', 'portcullis.lock': lock(approved) }, 'pin-approvals')).status;
  assert.equal(await check({ by: 'ann', at: '2026-11-01T00:00:00.000Z' }), 'pass');
  assert.equal(await check(undefined), 'unknown');
  assert.equal(await check({ by: 'ann', at: '2027-11-01T00:00:00.000Z' }), 'fail');
});

test('what is hostile in the folder is told, and beside it nothing passes', async (t) => {
  const drill = record('kill-switch-drill', good('kill-switch-drill'));
  const outside = await writeFiles(t, { 'drill.json': drill });
  const root = await writeFiles(t, {
    'evidence/bad.yaml': 'portcullis: evidence/1\nkind: [',
    'evidence/bomb.yaml': `portcullis: evidence/1\na: &a [x]\n${Array.from({ length: 24 }, (_, n) => `b${n}: &b${n} [*${n === 0 ? 'a' : `b${n - 1}`}, *${n === 0 ? 'a' : `b${n - 1}`}]`).join('\n')}`,
    'evidence/deep.json': `{"portcullis":"evidence/1","a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    'evidence/envelope.json': '{"payloadType": "x", "payload": ',
    'evidence/later.yaml': 'portcullis: evidence/2\nkind: x',
    'evidence/cert.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    'evidence/other.yaml': 'a: b',
    'evidence/ok.json': drill,
  });
  await symlink(outside, join(root, 'evidence', 'linked'));
  await symlink(join(outside, 'drill.json'), join(root, 'evidence', 'linked.json'));
  execFileSync('mkfifo', [join(root, 'evidence', 'pipe.json')]);
  await writeFile(join(root, 'evidence', 'large.json'), Buffer.alloc(17 * 1024 * 1024, 32));
  const run = await gathered(root);
  const [part] = run.parts;
  assert.deepEqual(part?.files, ['ok.json']);
  assert.deepEqual(part?.unread.map(({ file }) => file).toSorted(), [
    'bad.yaml',
    'bomb.yaml',
    'cert.pem',
    'deep.json',
    'envelope.json',
    'large.json',
    'later.yaml',
  ]);
  assert.equal(outcomeOf(run, 'kill-switch-drill').status, 'unknown');
  await assert.rejects(gathered(root, { folder: join(root, 'none') }), /There is no folder/);
  await assert.rejects(gathered(root, { folder: join(root, 'evidence', 'ok.json') }), /There is no folder/);
  assert.ok(NOW > 0);
});
