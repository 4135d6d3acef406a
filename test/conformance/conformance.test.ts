import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requiredScenarios, runSuite, startFixture } from './suite.ts';

test('every server scenario that the official suite requires for 2026-07-28 passes', async () => {
  const wanted = requiredScenarios('2026-07-28');
  assert.equal(wanted.length, 37);
  const host = await startFixture();
  try {
    const outcomes = await runSuite(host.url, ['--requirements', '2026-07-28']);
    const passed = new Set(outcomes.flatMap((outcome) => (outcome.passed ? [outcome.scenario] : [])));
    const failed = wanted.filter((scenario) => !passed.has(scenario));
    const remarks = outcomes
      .filter(({ scenario }) => failed.includes(scenario))
      .map((outcome) => [outcome.scenario, ...outcome.remarks].join('\n  '));
    assert.deepEqual(failed, [], remarks.join('\n'));
  } finally {
    await host.close();
  }
});
