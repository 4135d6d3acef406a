import { concluded, evidenceRule, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { readDay } from '../../evidence/fields.ts';
import { DAY } from '../../evidence/record-rule.ts';
import type { SarifFacts } from '../../evidence/sarif.ts';
import { member, textOf } from '../../gather/located.ts';
import type { EvidenceRecord } from '../../evidence/subject.ts';

interface Scans {
  readonly at: string;
  readonly runs: readonly SarifFacts[];
  /** The commits that were released, as records of the kind `tool-review` name them. */
  readonly released: readonly string[];
}

const FRESH_DAYS = 31;

/** See `meta`. */
export const rule: EvidenceRule<Scans> = evidenceRule(
  {
    id: 'scan-reports',
    title: 'The released commit was scanned to the end, and nothing grave is open',
    failure: 'A scan of the released commit is stale, broken off, of another commit, or leaves grave findings open',
    severity: 'high',
    controls: ['SUP-02'],
    remedy:
      'Run the scanners on the commit that is released, with versionControlProvenance and endTimeUtc in their SARIF; mend or suppress with a justification what they find.',
    references: ['SARIF 2.1.0 (OASIS)', 'OWASP MCP minimum bar 5.3'],
  },
  ({ at, sarif, records }) => ({ at, runs: sarif, released: records.flatMap(commitOf) }),
  ({ at, runs, released }) => {
    const now = Date.parse(at);
    const newest = newestOf(runs);
    const hits = newest.flatMap((run) => {
      const hit = (message: string) => ({ message, place: { file: run.file, line: 1, column: 1 } });
      const age = run.endedAt === undefined ? undefined : Math.floor((now - Date.parse(run.endedAt)) / DAY);
      return [
        ...(run.isComplete ? [] : [hit(`${run.tool} did not come to its end`)]),
        ...(run.errors > 0 ? [hit(`${run.tool} left ${run.errors} findings of the level error open`)] : []),
        ...(run.unexplained > 0
          ? [hit(`${run.unexplained} findings of ${run.tool} are suppressed without a justification`)]
          : []),
        ...(age !== undefined && age > FRESH_DAYS
          ? [hit(`${run.tool} ran ${age} days ago; ${FRESH_DAYS} are the most`)]
          : []),
        ...(run.revision !== undefined && released.length > 0 && !released.includes(run.revision)
          ? [hit(`${run.tool} looked at ${run.revision}, which is not what was released`)]
          : []),
      ];
    });
    const unclear = newest.flatMap(({ file, tool, endedAt, revision }) => [
      ...(readDay(endedAt) === undefined ? [`${file} does not say when ${tool} ended (invocations.endTimeUtc)`] : []),
      ...(revision === undefined
        ? [`${file} does not say which commit ${tool} looked at (versionControlProvenance)`]
        : []),
    ]);
    if (runs.length === 0) unclear.push('there is no report of a scanner in SARIF among the records');
    if (released.length === 0) unclear.push('no record of the kind tool-review names the commit that was released');
    return concluded(
      hits,
      unclear,
      `${newest.length} scanners looked at the released commit, and nothing grave is open`,
    );
  },
);

function commitOf({ kind, root }: EvidenceRecord): readonly string[] {
  const commit = kind === 'tool-review' ? textOf(member(root, 'commit')) : undefined;
  return commit === undefined ? [] : [commit];
}

/** The last run of each tool: an old report that was kept is not held against a new one. */
function newestOf(runs: readonly SarifFacts[]): readonly SarifFacts[] {
  const byTool = Map.groupBy(runs, ({ tool }) => tool);
  return [...byTool.values()].map((some) =>
    some.reduce((a, b) => ((readDay(b.endedAt) ?? 0) > (readDay(a.endedAt) ?? 0) ? b : a)),
  );
}
