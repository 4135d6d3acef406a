import { PENDING, requiredScenarios, runSuite, startFixture, type Outcome } from './suite.ts';

const REVISIONS = ['2026-07-28', '2025-11-25'] as const;
/** Prints the scenarios that were asked for, one line each, and says how many passed. */
function report(title: string, wanted: readonly string[], outcomes: readonly Outcome[]): string {
  const found = new Map(outcomes.map((outcome) => [outcome.scenario, outcome]));
  console.log(`\n${title}`);
  let passed = 0;
  for (const scenario of wanted) {
    const outcome = found.get(scenario);
    if (outcome?.passed === true) passed += 1;
    console.log(`${outcome?.passed === true ? 'pass' : 'FAIL'}  ${scenario}`);
    for (const remark of outcome?.remarks ?? ['did not run']) console.log(`      ${remark}`);
  }
  if (passed < wanted.length) process.exitCode = 1;
  return `${passed}/${wanted.length}`;
}

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
