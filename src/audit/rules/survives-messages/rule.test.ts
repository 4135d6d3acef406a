import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveReport } from '../../../../test/support/live-audit.ts';
import { startSmallServer } from '../../../../test/support/small-server.ts';
import type { RuleOutcome } from '../../model.ts';

/** What comes of a server that a POST of another type ends, for as many connections as are told. */
async function outcomeOf(t: Parameters<typeof startSmallServer>[0], most: number): Promise<RuleOutcome | undefined> {
  let left = 0;
  const url = await startSmallServer(t, {
    answer(request) {
      if (request.method === 'POST' && request.headers['content-type'] === 'text/plain') left = most;
      if (left <= 0) return false;
      left -= 1;
      request.socket.destroy();
      return true;
    },
  });
  const { outcomes } = await liveReport(url);
  return outcomes.find(({ rule }) => rule === 'survives-messages');
}

test('wrong: nothing is served any more after a message', async (t) => {
  const outcome = await outcomeOf(t, Infinity);
  assert.equal(outcome?.status, 'fail');
  assert.match(outcome.findings[0]?.message ?? '', /no longer serves after what simple-request sent/);
});

test('right: whatever is sent, it goes on', async (t) => {
  assert.equal((await outcomeOf(t, 0))?.status, 'pass');
});
