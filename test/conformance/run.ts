import { report, REVISIONS } from './report.ts';
import { PENDING, requiredScenarios, runSuite, startFixture, type Outcome } from './suite.ts';

const host = await startFixture();
const counts: string[] = [];
try {
  for (const revision of REVISIONS) {
    const outcomes = await runSuite(host.url, ['--requirements', revision]);
    counts.push(`${revision} ${report(revision, requiredScenarios(revision), outcomes)}`);
  }
  const outcomes: Outcome[] = [];
  for (const scenario of PENDING)
    outcomes.push(...(await runSuite(host.url, ['--scenario', scenario, '--spec-version', '2026-07-28'])));
  counts.push(`pending ${report('pending', PENDING, outcomes)}`);
} finally {
  await host.close();
}
console.log(`\nconformance: ${counts.join(', ')}`);
