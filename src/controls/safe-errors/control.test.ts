import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { PublicError } from '../../errors.ts';
import { deny } from '../../pipeline/decision.ts';
import { configure } from './control.ts';

const errors = configure(testSettings());
const told = (error: unknown): string => errors.sentence(errors.thrown(error));

test('whatever is thrown, the caller reads one sentence', () => {
  const loop: { cause?: unknown } = new Error('/srv/notes.db');
  loop.cause = loop;
  for (const error of [
    new Error("open '/srv/notes.db'"),
    new TypeError('SELECT * FROM notes'),
    loop,
    '/srv/notes.db',
    undefined,
    null,
    42,
    { message: '/srv/notes.db' },
    Object.assign(new Error('x'), { hint: '/srv/notes.db', code: 'PARAMS_INVALID', publicMessage: 'secret' }),
  ]) {
    assert.equal(told(error), 'The operation failed.');
    assert.equal(errors.thrown(error).code, 'TOOL_FAILED');
  }
});

test('the detail of a failure is kept for the log', () => {
  assert.match(errors.thrown(new Error('open /srv/notes.db')).detail ?? '', /^Error: open \/srv\/notes\.db\n\s+at /);
  assert.equal(errors.thrown('a text').detail, 'a text');
  assert.equal(errors.thrown({ message: 'x' }).detail, 'a value that is no Error was thrown');
});

test('an error that cannot be described does not get out', () => {
  const hostile = new Error('x');
  Object.defineProperty(hostile, 'stack', {
    get() {
      throw new Error('/srv/notes.db');
    },
  });
  assert.deepEqual(errors.thrown(hostile), {
    pass: false,
    code: 'TOOL_FAILED',
    detail: 'an error that cannot be described was thrown',
  });
  const odd = Object.assign(new Error('x'), { stack: 42 });
  assert.equal(errors.thrown(odd).detail, 'a value that is no Error was thrown');
});

test('a public error is told, without what cannot be seen and cut to 500 characters', () => {
  assert.equal(told(new PublicError('The note is locked.')), 'The operation failed. The note is locked.');
  assert.equal(told(new PublicError('lo\u200Bcked\x1B[2J')), 'The operation failed. locked');
  assert.equal(told(new PublicError('x'.repeat(1000))).length, 'The operation failed. '.length + 500);
});

test('a refusal is told without its detail', () => {
  assert.equal(
    errors.sentence(deny('TOKEN_INVALID', { detail: 'the key of https://issuer.example is unknown' })),
    'The access token is not valid for this server.',
  );
  assert.equal(
    errors.sentence(deny('ARGUMENTS_INVALID', { detail: 'x', hint: 'text is too long' })),
    'The arguments do not match the input schema. text is too long',
  );
});

test('with the control off the detail is told', () => {
  const off = configure(testSettings({ weakened: new Set(['safe-errors']) }));
  assert.match(off.sentence(off.thrown(new Error('/srv/notes.db'))), /\/srv\/notes\.db/);
  assert.match(off.sentence(deny('TOKEN_INVALID', { detail: 'inside' })), /inside/);
});
