import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTroubles } from './troubles.ts';

test('what goes wrong while a report is being written is reported next', () => {
  const told: string[] = [];
  const troubles = createTroubles((detail) => told.push(detail));
  assert.deepEqual(troubles.report().details, []);
  troubles.lose();
  troubles.lose();
  const first = troubles.report();
  assert.deepEqual(first.details, ['2 events were lost: the queue was full']);
  troubles.lose();
  first.settle();
  assert.deepEqual(troubles.report().details, ['1 events were lost: the queue was full']);
  assert.equal(troubles.lostInAll, 3);
  assert.equal(told.length, 1);
});

test('an outage is told once and reported with all whom it refused', () => {
  const told: string[] = [];
  const troubles = createTroubles((detail) => told.push(detail));
  troubles.failed(Object.assign(new Error('/var/log/audit: no space'), { code: 'ENOSPC' }), 3);
  troubles.failed(Object.assign(new Error('/var/log/audit: no space'), { code: 'ENOSPC' }), 4);
  assert.equal(troubles.outage, true);
  assert.deepEqual(told, ['the log cannot be written: ENOSPC']);
  const { details, settle } = troubles.report();
  assert.deepEqual(details, ['the log could not be written (ENOSPC): 7 events were refused']);
  settle();
  assert.equal(troubles.outage, false);
});
