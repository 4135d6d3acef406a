import { fileURLToPath } from 'node:url';
import { startGatewayFixture, untranslatable, type UpstreamWay } from './gateway-suite.ts';
import { report, REVISIONS } from './report.ts';
import { requiredScenarios, runClientSuite, runSuite } from './suite.ts';

const WAYS: readonly UpstreamWay[] = [
  { transport: 'http', era: 'modern' },
  { transport: 'http', era: 'legacy' },
  { transport: 'stdio', era: 'modern' },
  { transport: 'stdio', era: 'legacy' },
];

const counts: string[] = [];
for (const way of WAYS) {
  const host = await startGatewayFixture(way);
  const passed: string[] = [];
  try {
    for (const revision of REVISIONS) {
      const outcomes = await runSuite(host.url, ['--requirements', revision]);
      const title = `client of ${revision}, ${way.era} upstream over ${way.transport}`;
      const expected = untranslatable(revision, way);
      passed.push(`${revision} ${report(title, requiredScenarios(revision), outcomes, expected)}`);
    }
  } finally {
    await host.close();
  }
  counts.push(`${way.era} upstream over ${way.transport}: ${passed.join(' and ')}`);
}
const program = fileURLToPath(new URL('gateway-client.ts', import.meta.url));
for (const revision of REVISIONS) {
  const wanted = requiredScenarios(revision, 'client');
  const outcomes = await runClientSuite(program, revision);
  counts.push(`client leg ${revision} ${report(`the gateway as a client, ${revision}`, wanted, outcomes)}`);
}
console.log(`\nconformance:gateway: ${counts.join(', ')}`);
