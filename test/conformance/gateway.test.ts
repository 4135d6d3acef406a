import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { startGatewayFixture, UNTRANSLATABLE } from './gateway-suite.ts';
import { REVISIONS } from './report.ts';
import { requiredScenarios, runSuite } from './suite.ts';

const { missing } = await detectSandbox();
const options =
  missing === undefined ? { timeout: 280_000 } : { skip: `needs the Debian package bubblewrap: ${missing}` };
let host: Awaited<ReturnType<typeof startGatewayFixture>> | undefined;
before(async () => {
  if (missing === undefined) host = await startGatewayFixture();
});
after(() => host?.close());

for (const revision of REVISIONS) {
  test(`a client of ${revision} in front of a legacy upstream: what can be translated passes`, options, async () => {
    const outcomes = await runSuite(host?.url ?? '', ['--requirements', revision]);
    const passed = new Set(outcomes.filter((outcome) => outcome.passed).map(({ scenario }) => scenario));
    const failed = requiredScenarios(revision).filter((scenario) => !passed.has(scenario));
    const expected = revision === '2026-07-28' ? [...UNTRANSLATABLE] : [];
    assert.deepEqual(new Set(failed), new Set(expected));
  });
}
