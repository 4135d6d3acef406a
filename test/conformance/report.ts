import type { Outcome } from './suite.ts';

/** The revisions whose required scenarios are run. */
export const REVISIONS = ['2026-07-28', '2025-11-25'] as const;

/** Prints the scenarios that were asked for, one line each, and says how many passed. One that fails unexpectedly fails the run. */
export function report(
  title: string,
  wanted: readonly string[],
  outcomes: readonly Outcome[],
  expected: ReadonlySet<string> = new Set(),
): string {
  const found = new Map(outcomes.map((outcome) => [outcome.scenario, outcome]));
  console.log(`\n${title}`);
  let passed = 0;
  for (const scenario of wanted) {
    const outcome = found.get(scenario);
    if (outcome?.passed === true) passed += 1;
    else if (!expected.has(scenario)) process.exitCode = 1;
    console.log(`${outcome?.passed === true ? 'pass' : 'FAIL'}  ${scenario}`);
    for (const remark of outcome?.remarks ?? ['did not run']) console.log(`      ${remark}`);
  }
  return `${passed}/${wanted.length}`;
}
