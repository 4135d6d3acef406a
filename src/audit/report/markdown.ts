import { allRules } from '../registry.ts';
import type { AuditReport } from '../run.ts';
import { barOf } from '../verdicts.ts';
import { placeText, plain } from './plain.ts';

/** The report as Markdown, for a comment on a change. */
export function markdownReport(report: AuditReport): string {
  const rows = report.findings.map(
    ({ severity, rule, message, place, evidence }) =>
      `| ${severity} | \`${rule}\` | ${cell(evidence === undefined ? message : `${message}: ${evidence}`)} | ${cell(placeText(place))} |`,
  );
  const mends = allRules()
    .filter(({ meta }) => report.findings.some(({ rule }) => rule === meta.id))
    .map(({ meta }) => `- \`${meta.id}\`: ${meta.remedy}`);
  const unread = report.unread.map(({ file, why }) => `- not read: ${cell(file)}: ${cell(why)}`);
  const found =
    rows.length === 0
      ? ['Nothing was found.']
      : ['| severity | rule | finding | place |', '|---|---|---|---|', ...rows, '', ...mends];
  const bar = barOf(report.verdicts).map(({ id, text, status }) => `| ${id} | ${status} | ${text} |`);
  const table = ['## OWASP minimum bar', '', '| line | verdict | |', '|---|---|---|', ...bar];
  return [`# Audit of ${cell(report.target)}`, '', ...unread, ...found, '', ...table, ''].join('\n');
}

/** Text of a stranger's in a cell: no markup of its own comes through. */
function cell(text: string): string {
  return plain(text).replaceAll(/[\\`*_{}[\]<>()#+!|~&]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
