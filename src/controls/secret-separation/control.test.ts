import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS, type KeptFacts } from '../../pipeline/start.ts';
import { takeFingerprints } from '../../secrets/fingerprints.ts';
import { configure, configureStart, isStrict } from './control.ts';

function problems(profile: 'dev' | 'production', kept: Partial<KeptFacts>): readonly string[] {
  return configureStart()({ ...NO_FACTS, profile, kept: { ...NO_FACTS.kept, ...kept } });
}

test('production is held to it, and so is every environment with a name of its own', () => {
  assert.equal(isStrict('production', undefined), true);
  assert.equal(isStrict('production', 'dev'), true);
  assert.equal(isStrict('dev', 'staging'), true);
  assert.equal(isStrict('dev', undefined), false);
  assert.equal(isStrict('dev', 'dev'), false);
});

test('one place for two secrets, and one secret for two upstreams, are refused', () => {
  const secrets = { crm: { from: 'file:/a' }, mail: { from: 'file:/a' } };
  assert.deepEqual(problems('production', { secrets }), [
    'secrets.mail.from: "crm" is read from there as well. Give each its own.',
  ]);
  assert.deepEqual(problems('dev', { secrets }), []);
  assert.deepEqual(problems('dev', { secrets, environment: 'staging' }).length, 1);
  const use = (upstream: string) => ({ where: `hosts["${upstream}"].credential`, upstream, secret: 'crm' });
  assert.deepEqual(problems('production', { uses: [use('a.example'), use('b.example')] }), [
    'hosts["b.example"].credential: the secret "crm" is for a.example already. Give each upstream its own.',
  ]);
  assert.deepEqual(problems('production', { uses: [use('a.example'), use('a.example')] }), []);
});

const VALUE = 'one-value-in-two-places';
const secret = { name: 'crm', value: VALUE, place: undefined };

test('one value under two names is refused where it is strict, and warned of where it is not', async () => {
  const others = new Map([['mail', VALUE]]);
  const strict = configure(new Set(), { strict: true, elsewhere: [] });
  assert.deepEqual(await strict(secret, others), { refuse: 'it has the value of "mail". Give each its own' });
  assert.deepEqual(await strict(secret, new Map([['mail', `${VALUE} `]])), {});
  const lenient = configure(new Set(['secret-rotation']), { strict: false, elsewhere: [] });
  assert.deepEqual(await lenient(secret, others), { warn: 'it has the value of "mail". Production refuses that' });
  assert.deepEqual(
    await configure(new Set(['secret-separation']), { strict: true, elsewhere: [] })(secret, others),
    {},
  );
});

test('a value or a place of another environment is found by its fingerprint, which holds neither', async () => {
  const place = JSON.stringify(['vault', 'secret/data/crm#token', { address: 'https://vault.example' }]);
  const staging = await takeFingerprints('staging', [
    { name: 'crm-old', value: VALUE, place: undefined },
    { name: 'mail', value: 'another-value-altogether', place },
  ]);
  assert.doesNotMatch(JSON.stringify(staging), /one-value|another-value|vault\.example/);
  const separate = configure(new Set(), { strict: true, elsewhere: [staging] });
  assert.deepEqual(await separate(secret, new Map()), {
    refuse: 'it has the value of "crm-old" of the environment staging. Give each its own',
  });
  assert.deepEqual(await separate({ name: 'x', value: 'a-value-of-its-own', place }, new Map()), {
    refuse: 'it is read from the place of "mail" of the environment staging. Give each its own',
  });
  assert.deepEqual(await separate({ name: 'x', value: 'a-value-of-its-own', place: `${place} ` }, new Map()), {});
});

test('two files of fingerprints of one environment have nothing in common', async () => {
  const [first, second] = [await takeFingerprints('a', [secret]), await takeFingerprints('a', [secret])];
  assert.notEqual(first.values['crm'], second.values['crm']);
  assert.notEqual(first.salt, second.salt);
});
