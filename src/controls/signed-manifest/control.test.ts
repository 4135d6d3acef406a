import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestOf } from '../../prove/manifest.ts';
import { echo } from '../../prove/tools.ts';
import { applyManifest, type ManifestOptions } from '../../manifest/apply.ts';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import { NO_FACTS } from '../../pipeline/start.ts';
import { compileServer } from '../../server/catalog.ts';
import { server } from '../../server/server.ts';
import { configureStart } from './control.ts';

const approved = { name: 's', version: '1.0.0', tools: [echo] };
const compiled = compileServer(server(approved), DEFAULT_LIMITS);

const problemsOf = (options: ManifestOptions): readonly string[] => applyManifest(compiled, options).problems;

test('production does not start without a manifest; other profiles do', () => {
  const facts = { ...NO_FACTS, manifestProblems: undefined };
  assert.deepEqual(configureStart()({ ...facts, profile: 'dev' }), []);
  assert.equal(configureStart()({ ...facts, profile: 'production' }).length, 1);
  assert.deepEqual(configureStart()({ ...facts, profile: 'dev', manifestProblems: ['no'] }), ['no']);
  assert.deepEqual(configureStart()({ ...facts, profile: 'production', manifestProblems: [] }), []);
});

test('a build key and an approver key must both have signed', () => {
  assert.deepEqual(problemsOf(manifestOf(approved)), []);
  for (const [signers, missing] of [
    [['build'], 'approve'],
    [['approve'], 'build'],
  ] as const) {
    assert.deepEqual(problemsOf(manifestOf(approved, signers)), [
      `manifest: it has no good signature of a key under "${missing}". Sign it with: portcullis manifest sign --key <file>`,
    ]);
  }
});

test('one key cannot build and approve', () => {
  const { envelope, trust } = manifestOf(approved);
  const [problem] = problemsOf({ envelope, trust: { build: trust.build, approve: trust.build } });
  assert.equal(problem, 'manifest: the key of ci both builds and approves. Give approvers keys of their own.');
});

test('an expired key does not count', () => {
  const { envelope, trust } = manifestOf(approved);
  const expired = trust.approve.map((key) => ({ ...key, until: '2020-01-01' }));
  assert.deepEqual(problemsOf({ envelope, trust: { ...trust, approve: expired } }), [
    'manifest: the "approve" key of reviewer has expired. Sign it with one that has not.',
  ]);
});

test('a payload that was changed after it was signed is refused, and so is a signature that was moved', () => {
  const { envelope, trust } = manifestOf(approved);
  const other = manifestOf({ ...approved, version: '2.0.0' });
  assert.equal(problemsOf({ envelope: { ...envelope, payload: other.envelope.payload }, trust }).length, 2);
  assert.equal(problemsOf({ envelope: { ...envelope, signatures: other.envelope.signatures }, trust }).length, 2);
  const [first, second] = envelope.signatures;
  const swapped = [
    { keyid: first?.keyid ?? '', sig: second?.sig ?? '' },
    { keyid: second?.keyid ?? '', sig: first?.sig ?? '' },
  ];
  assert.equal(problemsOf({ envelope: { ...envelope, signatures: swapped }, trust }).length, 2);
});

test('a payload of another type, or not in canonical form, is refused', () => {
  const { envelope, trust } = manifestOf(approved);
  const [type] = problemsOf({ envelope: { ...envelope, payloadType: 'text/plain' }, trust });
  assert.match(type ?? '', /has the type "text\/plain"/);
  const text = Buffer.from(envelope.payload, 'base64').toString('utf8');
  const spaced = Buffer.from(` ${text}`).toString('base64');
  const [form] = problemsOf({ envelope: { ...envelope, payload: spaced }, trust });
  assert.match(form ?? '', /not one of this version/);
});

test('a module that is not what was signed stops the start', () => {
  const signed = { 'server.ts': 'one', 'tools/search.ts': 'two' };
  const { envelope, trust } = manifestOf(approved, ['build', 'approve'], signed);
  assert.deepEqual(problemsOf({ envelope, trust, code: signed }), []);
  assert.deepEqual(
    problemsOf({ envelope, trust, code: { ...signed, 'tools/search.ts': 'other', 'new.ts': 'three' } }),
    ['manifest: the code is not what was signed (new.ts, tools/search.ts). Build and sign it anew.'],
  );
});
