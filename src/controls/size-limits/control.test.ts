import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../../pipeline/context.ts';
import { exchangeOf, httpFacts, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const LIMITS = { bodyBytes: 10, resultBytes: 20, headerCount: 2 };

function decideOnBody(bytes: number): unknown {
  const exchange = exchangeOf('tools/list');
  exchange.body = Buffer.alloc(bytes);
  return configure(testSettings({ limits: LIMITS })).decide(exchange);
}

function decideOnHeaders(rawHeaders: readonly string[]): unknown {
  return configure(testSettings({ limits: LIMITS })).decide(new Exchange('http', 'modern', httpFacts({ rawHeaders })));
}

test('a body passes up to its limit and not one byte further', () => {
  assert.deepEqual(decideOnBody(0), { pass: true });
  assert.deepEqual(decideOnBody(10), { pass: true });
  assert.deepEqual(decideOnBody(11), { pass: false, code: 'BODY_TOO_LARGE' });
});

test('headers are counted as they were sent, repetitions too', () => {
  assert.deepEqual(decideOnHeaders(['a', '1', 'a', '2']), { pass: true });
  assert.deepEqual(decideOnHeaders(['a', '1', 'a', '2', 'a', '3']), {
    pass: false,
    code: 'BODY_TOO_LARGE',
    detail: '3 headers',
  });
});

test('a pipe has no headers to count', () => {
  assert.deepEqual(configure(testSettings({ limits: LIMITS })).decide(new Exchange('stdio', 'modern')), { pass: true });
});

test('an answer passes up to its limit', () => {
  const sizes = configure(testSettings({ limits: LIMITS }));
  assert.deepEqual(sizes.answer(20), { pass: true });
  assert.deepEqual(sizes.answer(21), { pass: false, code: 'OUTPUT_TOO_LARGE', detail: '21 bytes' });
});

test('the host reads as much as the limit, and everything when it is switched off', () => {
  assert.equal(configure(testSettings({ limits: LIMITS })).bodyBytes, 10);
  const off = configure(testSettings({ limits: LIMITS, weakened: new Set(['size-limits']) }));
  assert.equal(off.bodyBytes, Number.MAX_SAFE_INTEGER);
  assert.deepEqual(off.answer(21), { pass: true });
});
