import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz.ts';

const REQUESTS = 200_000;
const SEED = 20_260_728;
/** Bytes; each chunk leaves a fraction of it behind while caches fill. */
const MOST_GROWTH = 32 * 1024 * 1024;

test('no request of 200,000 crashes the server, hangs it or makes it say too much', async () => {
  const { statuses, lines, growth } = await fuzz(REQUESTS, SEED);
  assert.ok(growth < MOST_GROWTH, `the heap grew by ${growth} bytes`);
  // The generator reaches every kind of answer: else a run without a fault would say little.
  for (const status of [200, 202, 400, 401, 403, 404, 405, 406, 413, 415, 421, 431])
    assert.ok((statuses.get(status) ?? 0) >= 10, `${statuses.get(status) ?? 0} answers with ${status}`);
  assert.ok((statuses.get(200) ?? 0) >= REQUESTS / 50, 'many requests reach a handler');
  assert.ok(lines >= REQUESTS / 4, `${lines} lines on standard output`);
});
