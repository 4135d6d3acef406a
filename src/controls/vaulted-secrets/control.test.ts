import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { NO_FACTS, type KeptFacts, type StartFacts } from '../../pipeline/start.ts';
import { configure, takesLiterals } from './control.ts';

const { http } = testSettings();

function problems(kept: Partial<KeptFacts>, more: Partial<StartFacts> = {}): readonly string[] {
  const facts = { ...NO_FACTS, profile: 'production', http, kept: { ...NO_FACTS.kept, ...kept } } as const;
  return configure()({ ...facts, ...more });
}

test('references pass, and what is none is refused without being repeated', () => {
  for (const from of [
    'file:/run/secrets/crm',
    'age:crm.age',
    'vault:secret/data/app#key',
    'aws:crm',
    'gcp:crm',
    'azure:crm',
  ])
    assert.deepEqual(problems({ secrets: { crm: { from } } }), [], from);
  for (const from of [
    'hunter2-hunter2',
    'http://vault.example/v1',
    '',
    'file:',
    'env:',
    'FILE:/x',
    ' file:/x',
    'file:/x\n',
  ]) {
    const [problem = '', ...more] = problems({ secrets: { crm: { from } } });
    assert.deepEqual(more, []);
    assert.match(problem, /^secrets\.crm\.from: /);
    assert.doesNotMatch(problem, /hunter2|vault\.example/);
  }
});

test('the environment is for dev and stdio', () => {
  const kept = { secrets: { crm: { from: 'env:CRM_TOKEN' } } };
  assert.match(problems(kept)[0] ?? '', /secrets\.crm\.from: the environment is readable by other processes/);
  assert.deepEqual(problems(kept, { profile: 'dev' }), []);
  assert.deepEqual(problems(kept, { http: undefined }), []);
});

test('a credential in the deployment or in what a model reads is refused by its form, and not repeated', () => {
  const token = `glpat-${'a1B2c3D4e5'.repeat(2)}`;
  const where = 'hosts.crm.credential.scheme';
  assert.deepEqual(problems({ texts: [{ where, text: `Bearer ${token}` }] }), [
    `${where}: this looks like a GitLab token. Keep it in a file or a vault, name it under "secrets", and refer to it by that name.`,
  ]);
  const definition = { description: 'x', inputSchema: { properties: { key: { default: token } } } };
  assert.deepEqual(problems({}, { definitions: [{ where: 'tool "crm"', definition }] }), [
    'tool "crm": a model would read what looks like a GitLab token. Take it out.',
  ]);
  for (const text of [
    'crm.example',
    '/srv/app/portcullis-isolation-Ab3dEf/notes.db',
    'https://crm.example/v1',
    'authorization',
  ])
    assert.deepEqual(problems({ texts: [{ where, text }] }), [], text);
});

test('only its own symbol lets literals in', () => {
  assert.equal(takesLiterals(new Set(['opaque-secrets'])), false);
  assert.equal(takesLiterals(new Set(['vaulted-secrets'])), true);
});
