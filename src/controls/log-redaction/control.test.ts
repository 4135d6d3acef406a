import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

test('credentials are taken out by their shape', () => {
  const redactor = configure(new Set());
  for (const [text, secret] of [
    ['Authorization: Bearer 0123456789abcdef0123', '0123456789abcdef0123'],
    ['curl -H "authorization: DPoP abcdefghijklmnop"', 'abcdefghijklmnop'],
    ['got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', 'c2lnbmF0dXJl'],
    ['postgres://app:hunter2-hunter2@db/notes', 'hunter2-hunter2'],
    ['password=correct-horse-battery', 'correct-horse-battery'],
    ['{"client_secret":"s3cr3t-s3cr3t"}', 's3cr3t-s3cr3t'],
    ['Cookie: sid=0123456789abcdef', '0123456789abcdef'],
  ] as const) {
    const redacted = redactor.redact(text);
    assert.equal(redacted.includes(secret), false, redacted);
    assert.match(redacted, /\[redacted\]/);
  }
});

test('words about credentials stay', () => {
  const redactor = configure(new Set());
  for (const text of ['the access token has expired', 'no such note', 'SELECT 1', 'scope notes:read is missing'])
    assert.equal(redactor.redact(text), text);
});

test('a remembered secret is taken out whatever its shape, until it is forgotten', () => {
  const redactor = configure(new Set());
  const forget = redactor.remember('plain words that are secret');
  assert.equal(redactor.redact('x plain words that are secret y').includes('words'), false);
  const base64 = Buffer.from('plain words that are secret').toString('base64');
  assert.equal(redactor.redact(`x ${base64} y`).includes(base64), false);
  forget();
  assert.equal(redactor.redact('x plain words that are secret y'), 'x plain words that are secret y');
});

test('other controls that are off leave it on', () => {
  assert.equal(
    configure(new Set(['log-integrity']))
      .redact('password=correct-horse')
      .includes('horse'),
    false,
  );
});

test('with the control off everything stays', () => {
  const redactor = configure(new Set(['log-redaction']));
  redactor.remember('plain words that are secret')();
  assert.equal(redactor.redact('password=correct-horse'), 'password=correct-horse');
  assert.equal(redactor.version, 0);
});
