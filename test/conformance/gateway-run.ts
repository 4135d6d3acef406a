import { startGatewayFixture, UNTRANSLATABLE } from './gateway-suite.ts';
import { report, REVISIONS } from './report.ts';
import { requiredScenarios, runSuite } from './suite.ts';

const host = await startGatewayFixture();
const counts: string[] = [];
try {
  for (const revision of REVISIONS) {
    const outcomes = await runSuite(host.url, ['--requirements', revision]);
    const wanted = requiredScenarios(revision);
    counts.push(`${revision} client, legacy upstream ${report(revision, wanted, outcomes, UNTRANSLATABLE)}`);
  }
} finally {
  await host.close();
}
console.log(`\nconformance:gateway: ${counts.join(', ')}`);
