import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testSettings } from '../../../test/support/settings.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { configure } from './control.ts';

const check = configure(testSettings());
const field = (name: string, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties: { [name]: { type: 'string', ...more } },
});

test('a harmless form passes', () => {
  for (const text of [
    'Which colour?',
    'Where should the parcel go, and on which passage of the building?',
    'Who is the secretary of the meeting?',
    'How should we spin the wheel?',
    'Which postcode?',
    'Please compass your answer in a sentence.',
  ]) {
    assert.deepEqual(check.form(text, field('answer', { title: text, description: text })), { pass: true }, text);
  }
  for (const name of ['colour', 'pinned', 'keyboard', 'tokenise', 'discard', 'street2'])
    assert.deepEqual(check.form('Please fill this in.', field(name)), { pass: true }, name);
});

test('a field that names a secret is refused, however it is written', () => {
  for (const name of [
    'password',
    'newPassword2',
    'userpassword',
    'PASSWORD',
    'db_password',
    'pass-phrase',
    'apiKey',
    'APIKey',
    'api_key',
    'x.api.key',
    'client_secret',
    'accessToken',
    'user_pin',
    'userPIN',
    'cardNumber',
    'card-no',
    'cvv',
    'cvc2',
    'ssn',
    'otp_code',
    'totp',
    'verificationCode',
    'seedPhrase',
    'iban',
    'Kennwort',
    'contrase\u00f1a',
    'pass\u200bword',
    'se\u200bcret',
    'p\u00e1ssword',
    '\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44',
  ]) {
    assert.deepEqual(
      check.form('Please fill this in.', field(name)),
      { pass: false, code: 'CHANNEL_CLOSED', detail: `the form asks for a secret: ${name}` },
      name,
    );
  }
});

test('a secret is found in titles, descriptions and the message as well', () => {
  const refusal = (detail: string) => ({ pass: false, code: 'CHANNEL_CLOSED', detail });
  assert.deepEqual(
    check.form('Hello', field('a', { title: 'Your API key' })),
    refusal('the form asks for a secret: a'),
  );
  assert.deepEqual(
    check.form('Hello', field('a', { description: 'The one-time code that you got' })),
    refusal('the form asks for a secret: a'),
  );
  assert.deepEqual(
    check.form('Hello', { ...field('a'), title: 'Credentials' }),
    refusal('the form asks for a secret: the form itself'),
  );
  assert.deepEqual(
    check.form('Hello', { ...field('a'), description: 'Log in with your password' }),
    refusal('the form asks for a secret: the form itself'),
  );
  assert.deepEqual(check.form('What is your PIN?', field('a')), refusal('the form message asks for a secret'));
});

test('a page is https or loopback', () => {
  for (const url of [
    'https://pages.example/connect?id=4f3a',
    'http://127.0.0.1:3000/x',
    'http://[::1]/x',
    'http://localhost/x',
  ])
    assert.deepEqual(check.url(url), { pass: true }, url);
  for (const url of [
    'http://pages.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/hosts',
    'ftp://pages.example/',
  ])
    assert.deepEqual(check.url(url), { pass: false, code: 'CHANNEL_CLOSED', detail: 'the URL is not https' }, url);
  assert.deepEqual(check.url('connect'), { pass: false, code: 'CHANNEL_CLOSED', detail: 'the URL does not parse' });
});

test('a page carries no credential and no person', () => {
  assert.deepEqual(check.url('https://alice:pw@pages.example/'), {
    pass: false,
    code: 'CHANNEL_CLOSED',
    detail: 'the URL carries a credential',
  });
  for (const rest of [
    '?access_token=a',
    '?id_token=a',
    '?to%6ben=a',
    '?TOKEN=a',
    '?x=1&code=a',
    '?api_key=a',
    '?session=a',
    '?sig=a',
    '?email=a',
    '?login_hint=a',
    '?next=eyJhbGciOi.x.y',
    '?who=alice@example.com',
    '#access_token=a',
    '#x=1&email=a',
  ]) {
    assert.deepEqual(
      check.url(`https://pages.example/connect${rest}`),
      { pass: false, code: 'CHANNEL_CLOSED', detail: 'the URL carries a credential or says who the person is' },
      rest,
    );
  }
});

test('no text makes the check throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      assert.equal(typeof check.form(a, field(b, { title: a })).pass, 'boolean');
      assert.equal(typeof check.url(a).pass, 'boolean');
    }),
  );
});

test('schemas of another shape have nothing to find', () => {
  for (const schema of [{}, { properties: null }, { properties: [] }, { properties: { a: null } }])
    assert.deepEqual(check.form('Hello', schema), { pass: true });
});

test('with the control off everything passes', () => {
  const off = configure(testSettings({ weakened: new Set(['sensitive-elicitation']) }));
  assert.deepEqual(off.form('password', field('password')), { pass: true });
  assert.deepEqual(off.url('http://x/?token=a'), { pass: true });
});
