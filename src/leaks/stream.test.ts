import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedactor } from '../record/redact.ts';
import type { LeakActions } from '../pipeline/leaks.ts';
import { createFinder } from './find.ts';
import { createStream } from './stream.ts';

const SECRET = 'correct horse battery staple 7';
const ACTIONS: LeakActions = {
  credentials: 'mask',
  email: 'refuse',
  phone: 'allow',
  iban: 'allow',
  card: 'hash',
  nationalId: 'allow',
};

function open(secrets: readonly string[] = [SECRET]) {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.remember(secret);
  const settings = {
    secretSpans: (text: string) => redactor.spans(text),
    withhold: (text: string) => redactor.withhold(text),
    digest: () => 'digest-of-the-value',
  };
  const stream = createStream(settings, ACTIONS, createFinder(ACTIONS));
  return (message: string) => stream.send('notifications/progress', { progressToken: 1, message })?.['message'];
}

test('what holds nothing goes as it is', () => {
  const say = open();
  assert.deepEqual([say('step 1 of 3'), say('correct'), say('')], ['step 1 of 3', '[secret]', '']);
  assert.equal(open([])('correct horse'), 'correct horse');
});

test('a secret in one message is taken out, in each encoding', () => {
  const say = open();
  assert.equal(say(`it is ${SECRET}.`), 'it is [secret].');
  assert.equal(String(say(`it is ${Buffer.from(SECRET).toString('base64')}`)).includes('Y29ycmVj'), false);
});

test('a secret in pieces is taken out of each piece, however it is cut', () => {
  for (let at = 6; at < SECRET.length; at++) {
    const say = open();
    assert.equal(say(`key: ${SECRET.slice(0, at)}`), 'key: [secret]', String(at));
    assert.equal(say(`${SECRET.slice(at)} done`), '[secret] done', String(at));
  }
  const say = open();
  const out = Array.from(SECRET, (character) => String(say(character)));
  // The first five characters could be the beginning of anything.
  assert.deepEqual(out.slice(0, 5).join(''), 'corre');
  assert.ok(out.slice(5).every((character) => character === '[secret]'));
});

test('messages of other methods and places are not glued together', () => {
  const say = open();
  assert.equal(say('correct horse bat'), '[secret]');
  const redactor = createRedactor();
  redactor.remember(SECRET);
  const stream = createStream(
    { secretSpans: (text) => redactor.spans(text), withhold: (text) => redactor.withhold(text), digest: () => 'd' },
    ACTIONS,
    createFinder(ACTIONS),
  );
  stream.send('notifications/message', { data: { message: 'correct horse bat' } });
  assert.deepEqual(stream.send('notifications/message', { data: { other: 'tery staple 7' } }), {
    data: { other: 'tery staple 7' },
  });
});

test('each class has its own action, also over two messages', () => {
  const say = open();
  assert.equal(say('card 5555555555554444 used'), 'card [card:digest-of-the-va] used');
  assert.equal(say('mail alice@example.com'), undefined);
  const next = open();
  assert.equal(next('token ghp_a8Fk2LmQ9xTzR4vWc7'), 'token ghp_a8Fk2LmQ9xTzR4vWc7');
  assert.equal(next('Yb1NdHs6PjGe3UoKi5 and more'), '[credentials] and more');
});

test('a secret that is a number is not sent', () => {
  const redactor = createRedactor();
  redactor.remember('8675309123');
  const stream = createStream(
    { secretSpans: (text) => redactor.spans(text), withhold: (text) => redactor.withhold(text), digest: () => 'd' },
    ACTIONS,
    createFinder(ACTIONS),
  );
  assert.equal(stream.send('x', { value: 8_675_309_123 }), undefined);
});
