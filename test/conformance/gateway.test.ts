import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { startGatewayFixture, untranslatable, type UpstreamWay } from './gateway-suite.ts';
import { REVISIONS } from './report.ts';
import { requiredScenarios, runSuite } from './suite.ts';

const { missing } = await detectSandbox();
const sandboxed = missing === undefined ? {} : { skip: `needs the Debian package bubblewrap: ${missing}` };
const WAYS: readonly UpstreamWay[] = [
  { transport: 'http', era: 'modern' },
  { transport: 'stdio', era: 'legacy' },
];

for (const way of WAYS) {
  const options = { timeout: 280_000, ...(way.transport === 'stdio' ? sandboxed : {}) };
  test(
    `in front of a ${way.era} upstream over ${way.transport} all that can be translated passes`,
    options,
    async (t) => {
      const host = await startGatewayFixture(way);
      t.after(() => host.close());
      for (const revision of REVISIONS) {
        const outcomes = await runSuite(host.url, ['--requirements', revision]);
        const passed = new Set(outcomes.filter((outcome) => outcome.passed).map(({ scenario }) => scenario));
        const failed = requiredScenarios(revision).filter((scenario) => !passed.has(scenario));
        assert.deepEqual(new Set(failed), untranslatable(revision, way), revision);
      }
    },
  );
}
