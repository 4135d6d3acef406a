import type { Finding, Status } from '../model.ts';
import type { AuditReport } from '../run.ts';
import { excuseText } from '../verdicts.ts';
import { plain } from './plain.ts';

/** The order in which statuses are told. */
export const STATUSES: readonly Status[] = ['fail', 'unknown', 'waived', 'pass', 'not-applicable'];

/** Whether a finding counts against whoever is audited: it is neither waived nor known. */
export function isStanding({ waived, known }: Finding): boolean {
  return waived === undefined && known === undefined;
}

/** How many have a status, in words: `3 fail, 95 unknown, 2 pass`; those of which there is none are left out. */
export function countText(all: readonly { readonly status: Status }[]): string {
  const counts = STATUSES.map((status) => [status, all.filter((each) => each.status === status).length] as const);
  return counts.flatMap(([status, count]) => (count === 0 ? [] : [`${count} ${status}`])).join(', ');
}

/** Who waived a finding, or why it is known; `undefined` where it stands. */
export function standingText({ waivers, known }: Finding, bearing: AuditReport['bearing']): string | undefined {
  const excuses = [...new Set((waivers ?? []).map(excuseText))].map(plain);
  if (known === 'baseline') excuses.push(`known: it stands in ${plain(bearing?.baseline?.file ?? 'a baseline')}`);
  if (known === 'unchanged')
    excuses.push(`known: its line has not changed since ${plain(bearing?.since?.ref ?? 'that commit')}`);
  return excuses.length === 0 ? undefined : excuses.join('; ');
}

/** What a reader has to know of waivers, baseline and commit, a line each. */
export function bearingLines({ bearing, findings }: AuditReport): readonly string[] {
  const lines: string[] = [];
  if (bearing?.waivers !== undefined) {
    const { file, counted, problems, unused } = bearing.waivers;
    const name = plain(file);
    const waived = findings.filter((finding) => finding.waived === true).length;
    lines.push(`${name}: ${counted} ${counted === 1 ? 'waiver counts' : 'waivers count'}; findings waived: ${waived}`);
    for (const { line, column, message } of problems)
      lines.push(`${name}:${line}:${column}: does not count: ${plain(message)}`);
    for (const line of unused) lines.push(`${name}:${line}:1: waives nothing, and can go`);
  }
  const known = (why: Finding['known']): number => findings.filter((finding) => finding.known === why).length;
  if (bearing?.baseline !== undefined)
    lines.push(`${plain(bearing.baseline.file)}: findings that stand in it: ${known('baseline')}`);
  if (bearing?.since !== undefined) {
    const since = `since ${plain(bearing.since.ref)} (${bearing.since.commit.slice(0, 12)})`;
    lines.push(`${since}: findings in lines that have not changed: ${known('unchanged')}`);
  }
  return lines;
}
