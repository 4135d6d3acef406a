import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import { gatherLivePart } from '../../parts/live.ts';
import { createRun, judgeRun } from '../../run.ts';
import { liveReport, outcomeOf, startLiveFixture } from '../../../../test/support/live-audit.ts';
import { startSmallServer, unguessable, type Quirks } from '../../../../test/support/small-server.ts';

const RULE = 'request-burst';

/** Refuses whoever has asked more often than it may. */
function limiter(
  most: number,
  refuse: (response: ServerResponse) => void,
  keyOf: (request: IncomingMessage) => string = () => 'all',
): Quirks {
  const counts = new Map<string, number>();
  return {
    session: unguessable,
    answer: (request, response) => {
      const key = keyOf(request);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if ((counts.get(key) ?? 0) <= most) return false;
      request.resume();
      refuse(response);
      return true;
    },
  };
}

const tooMany = (response: ServerResponse): void => void response.writeHead(429, { 'retry-after': '90' }).end();

async function judged(t: TestContext, quirks: Quirks, isIntrusive = true) {
  const url = await startSmallServer(t, quirks);
  return outcomeOf(await liveReport(url, { isIntrusive }, [RULE]), RULE);
}

test('request-burst passes a server that refuses haste, and does not wait for it', async (t) => {
  const start = performance.now();
  const outcome = await judged(t, limiter(60, tooMany));
  assert.equal(outcome?.status, 'pass', outcome?.why);
  assert.match(outcome.why, /429/);
  assert.ok(performance.now() - start < 30_000);
});

test('request-burst fails a server without a limit, and tries it only where it is told to', async (t) => {
  const outcome = await judged(t, { session: unguessable });
  assert.equal(outcome?.status, 'fail', outcome?.why);
  assert.deepEqual(
    outcome.findings.map(({ message, severity }) => [message, severity]),
    [['no limit was met by 300 requests at once', 'low']],
  );
  let count = 0;
  const quiet = await judged(t, { session: unguessable, answer: () => ((count += 1), false) }, false);
  assert.equal(quiet?.status, 'unknown');
  assert.match(quiet.why, /--intrusive/);
  assert.ok(count < 20);
});

test('request-burst tells a limit by an address that callers name, and a refusal for another reason', async (t) => {
  const named = await judged(
    t,
    limiter(60, tooMany, ({ headers }) => String(headers['x-forwarded-for'])),
  );
  assert.deepEqual(
    named?.findings.map(({ message, severity }) => [message, severity]),
    [['a caller who names another address in a header is not limited', 'medium']],
  );
  let turn = 0;
  const leaky = await judged(t, {
    ...limiter(60, tooMany),
    answer: (request, response) => {
      if ((turn += 1) < 60 || turn % 2 === 0) return false;
      request.resume();
      tooMany(response);
      return true;
    },
  });
  assert.equal(leaky?.status, 'pass', leaky?.why);
  const forbidden = await judged(
    t,
    limiter(60, (response) => void response.writeHead(403).end()),
  );
  assert.match(forbidden?.why ?? '', /as if for another reason/);
});

test('request-burst says nothing of a server that no longer answers', async (t) => {
  const outcome = await judged(
    t,
    limiter(60, (response) => void response.writeHead(500).end()),
  );
  assert.equal(outcome?.status, 'unknown');
  assert.match(outcome.why, /stopped to answer/);
});

test('request-burst tells the control of this product off from on', async (t) => {
  const good = await startLiveFixture(t, 'rate-limit', 'good');
  const on = outcomeOf(await liveReport(good.url, { ...good, isIntrusive: true }, [RULE]), RULE);
  assert.equal(on?.status, 'pass', on?.why);
  const bad = await startLiveFixture(t, 'rate-limit', 'bad');
  const off = outcomeOf(await liveReport(bad.url, { ...bad, isIntrusive: true }, [RULE]), RULE);
  assert.equal(off?.status, 'fail', off?.why);
});

test('a burst comes after all that other rules send', async (t) => {
  const labels: string[] = [];
  const name = (request: IncomingMessage): string => (request.headers['connection'] === 'close' ? 'alone' : 'kept');
  const answer: Quirks['answer'] = (request) => (labels.push(name(request)), false);
  const url = await startSmallServer(t, { session: unguessable, answer });
  const part = await gatherLivePart(url, { isIntrusive: true, limits: { answerMs: 20_000, runMs: 120_000 } });
  const report = judgeRun(createRun({ version: '0.0.0', target: url, at: '2026-01-01T00:00:00.000Z' }, [part]));
  assert.equal(outcomeOf(report, RULE)?.status, 'fail', outcomeOf(report, RULE)?.why);
  // Two bursts, a request before and one after them, and the end of a session.
  const burst = labels.slice(-603).filter((label) => label === 'alone').length;
  assert.ok(burst >= 600, String(burst));
});
