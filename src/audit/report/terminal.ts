import { styleText } from 'node:util';
import { SEVERITIES, type Finding, type Severity, type Status } from '../model.ts';
import { allRules } from '../registry.ts';
import type { AuditReport } from '../run.ts';
import { barOf } from '../verdicts.ts';
import { askedWith, levelsOf } from './levels.ts';
import { placeText, plain } from './plain.ts';
import { bearingLines, countText, isStanding, standingText } from './standing.ts';

const LOOKS: Readonly<Record<Severity, Parameters<typeof styleText>[0]>> = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'dim',
};
/** What a person reads in a minute. */
const MOST_SHOWN = 40;

/** The report for a person: worst first, where, why, and how to mend it. */
export function terminalReport(report: AuditReport): string {
  const { files, unread } = report;
  const findings = report.findings.filter(isStanding);
  const lines = [`${plain(report.target)}: ${files.length} ${files.length === 1 ? 'file' : 'files'} looked at`];
  for (const { file, why } of unread) lines.push(`not read: ${plain(file)}: ${plain(why)}`);
  lines.push(...bearingLines(report));
  const byRule = Map.groupBy(findings.slice(0, MOST_SHOWN), ({ rule, severity }) => `${rule} ${severity}`);
  for (const some of byRule.values()) lines.push('', ...section(some));
  if (findings.length > MOST_SHOWN)
    lines.push('', `... and ${findings.length - MOST_SHOWN} more: --format json has all`);
  lines.push('', ...waivedLines(report), countLine(findings, report), ...barLines(report), ...levelLines(report), '');
  return lines.join('\n');
}

function section(findings: readonly Finding[]): readonly string[] {
  const [first] = findings;
  const meta = allRules().find((rule) => rule.meta.id === first?.rule)?.meta;
  if (first === undefined || meta === undefined) return [];
  return [
    `${styleText(LOOKS[first.severity], first.severity.padEnd(8))} ${meta.failure}  ${styleText('dim', `${meta.id} ${meta.controls.join(' ')}`)}`,
    ...findings.map(
      ({ message, place, evidence }) =>
        `  ${placeText(place)}  ${plain(message)}${evidence === undefined ? '' : `: ${plain(evidence)}`}`,
    ),
    `  ${styleText('green', 'mend')}  ${meta.remedy}`,
  ];
}

/** Who answers for what: it is told as long as it is there. */
function waivedLines(report: AuditReport): readonly string[] {
  const waived = report.findings.filter((finding) => finding.waivers !== undefined);
  if (waived.length === 0) return [];
  const lines = waived
    .slice(0, MOST_SHOWN)
    .map(
      (finding) =>
        `${styleText('dim', finding.waived === true ? 'waived' : 'partly')}    ${placeText(finding.place)}  ${finding.rule}: ${standingText(finding, report.bearing) ?? ''}`,
    );
  return [...lines, ''];
}

function countLine(findings: readonly Finding[], report: AuditReport): string {
  const others = report.findings.length - findings.length;
  const beside = others === 0 ? '' : `; ${others} more ${others === 1 ? 'is' : 'are'} known or waived`;
  if (findings.length === 0) return `Nothing ${others === 0 ? '' : 'else '}was found${beside}.`;
  const counts = SEVERITIES.map(
    (severity) => [severity, findings.filter((each) => each.severity === severity).length] as const,
  );
  const told = counts.filter(([, count]) => count > 0).map(([severity, count]) => `${count} ${severity}`);
  return `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}: ${told.join(', ')}${beside}`;
}

function levelLines({ verdicts }: AuditReport): readonly string[] {
  const levels = levelsOf(verdicts);
  const reached = levels.map(({ dimension, reached: level }) => `${dimension.id} ${level}`);
  const lowest = Math.min(...levels.map(({ reached: level }) => level));
  const asked = (status: Status): number => askedWith(levels, verdicts, status);
  const keeps = `${asked('fail')} fail, ${asked('unknown')} cannot be told from here, ${asked('waived')} are waived`;
  return [
    `CoSAI: ${lowest === 0 ? 'no level is reached in every dimension' : `level ${lowest}`} (${reached.join(', ')}); of the controls that its levels ask for ${keeps}`,
    `Controls: ${countText(verdicts)}`,
  ];
}

function barLines(report: AuditReport): readonly string[] {
  const lines = barOf(report.verdicts);
  const count = (status: Status): number => lines.filter((each) => each.status === status).length;
  const failed = lines.filter(({ status }) => status === 'fail');
  return [
    `OWASP minimum bar: ${count('pass')} of ${lines.length} lines hold, ${count('fail')} do not, ${count('unknown')} cannot be told from here`,
    ...failed.map(({ id, text }) => `  ${styleText('red', 'fail')}  ${id}  ${text}`),
  ];
}
