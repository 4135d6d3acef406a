import { allRules } from '../registry.ts';
import type { AuditReport } from '../run.ts';
import { barOf } from '../verdicts.ts';
import { levelsOf } from './levels.ts';
import { placeText, plain } from './plain.ts';
import { bearingLines, countText, isStanding, standingText } from './standing.ts';

/** The report as Markdown, for a comment on a change. */
export function markdownReport(report: AuditReport): string {
  const rows = report.findings
    .filter(isStanding)
    .map(
      ({ severity, rule, message, place, evidence }) =>
        `| ${severity} | \`${rule}\` | ${cell(evidence === undefined ? message : `${message}: ${evidence}`)} | ${cell(placeText(place))} |`,
    );
  const mends = allRules()
    .filter(({ meta }) => report.findings.some((finding) => isStanding(finding) && finding.rule === meta.id))
    .map(({ meta }) => `- \`${meta.id}\`: ${meta.remedy}`);
  const unread = report.unread.map(({ file, why }) => `- not read: ${cell(file)}: ${cell(why)}`);
  const found =
    rows.length === 0
      ? ['Nothing was found.']
      : ['| severity | rule | finding | place |', '|---|---|---|---|', ...rows, '', ...mends];
  const bar = barOf(report.verdicts).map(({ id, text, status }) => `| ${id} | ${status} | ${text} |`);
  const excused = report.findings.flatMap((finding) => {
    const why = standingText(finding, report.bearing);
    return why === undefined ? [] : [`- \`${finding.rule}\` at ${cell(placeText(finding.place))}: ${cell(why)}`];
  });
  const notes = bearingLines(report).map((line) => `- ${cell(line)}`);
  const aside = excused.length + notes.length === 0 ? [] : ['', '## Waived and known', '', ...notes, ...excused];
  const levels = levelsOf(report.verdicts).map(
    ({ dimension, reached, held }) =>
      `| ${dimension.title} | ${reached} | ${held.map(({ control }) => control).join(', ')} |`,
  );
  const summary = [
    '',
    '## Controls',
    '',
    `${countText(report.verdicts)}.`,
    '',
    '## CoSAI level',
    '',
    '| dimension | level | held back by |',
    '|---|---|---|',
    ...levels,
  ];
  const table = ['## OWASP minimum bar', '', '| line | verdict | |', '|---|---|---|', ...bar];
  return [`# Audit of ${cell(report.target)}`, '', ...unread, ...found, ...aside, '', ...table, ...summary, ''].join(
    '\n',
  );
}

/** Text of a stranger's in a cell: no markup of its own comes through. */
function cell(text: string): string {
  return plain(text).replaceAll(/[\\`*_{}[\]<>()#+!|~&]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
