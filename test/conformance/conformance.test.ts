import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Host } from '../../src/index.ts';
import { PENDING, requiredScenarios, runSuite, startFixture, type Outcome } from './suite.ts';

let host: Host & { readonly url: string };
before(async () => {
  host = await startFixture();
});
after(() => host.close());

function assertPassed(wanted: readonly string[], outcomes: readonly Outcome[]): void {
  const passed = new Set(outcomes.flatMap((outcome) => (outcome.passed ? [outcome.scenario] : [])));
  const failed = wanted.filter((scenario) => !passed.has(scenario));
  const remarks = outcomes
    .filter(({ scenario }) => failed.includes(scenario))
    .map((outcome) => [outcome.scenario, ...outcome.remarks].join('\n  '));
  assert.deepEqual(failed, [], remarks.join('\n'));
}

for (const [revision, count] of [
  ['2026-07-28', 37],
  ['2025-11-25', 30],
] as const) {
  test(`every server scenario that the official suite requires for ${revision} passes`, async () => {
    const wanted = requiredScenarios(revision);
    assert.equal(wanted.length, count);
    assertPassed(wanted, await runSuite(host.url, ['--requirements', revision]));
  });
}

test('the pending scenarios for headers and JSON Schema pass', async () => {
  for (const scenario of PENDING) {
    assertPassed([scenario], await runSuite(host.url, ['--scenario', scenario, '--spec-version', '2026-07-28']));
  }
});
