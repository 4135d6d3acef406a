import { neutralise } from '../../text/neutralise.ts';
import type { AuditReport } from '../run.ts';
import { RULES } from '../rules.ts';
import { barOf, placeText, plain } from './terminal.ts';

/** The report as JSON, with every verdict. */
export function jsonReport(report: AuditReport): string {
  return `${JSON.stringify({ ...report, minimumBar: barOf(report) }, undefined, 2)}\n`;
}

/** The report as Markdown, for a comment on a change. */
export function markdownReport(report: AuditReport): string {
  const rows = report.findings.map(
    ({ severity, rule, message, place, evidence }) =>
      `| ${severity} | \`${rule}\` | ${cell(evidence === undefined ? message : `${message}: ${evidence}`)} | ${cell(placeText(place))} |`,
  );
  const mends = RULES.filter(({ meta }) => report.findings.some(({ rule }) => rule === meta.id)).map(
    ({ meta }) => `- \`${meta.id}\`: ${meta.remedy}`,
  );
  const unread = report.unread.map(({ file, why }) => `- not read: ${cell(file)}: ${cell(why)}`);
  const found =
    rows.length === 0
      ? ['Nothing was found.']
      : ['| severity | rule | finding | place |', '|---|---|---|---|', ...rows, '', ...mends];
  const bar = barOf(report).map(({ id, text, status }) => `| ${id} | ${status} | ${text} |`);
  const table = ['## OWASP minimum bar', '', '| line | verdict | |', '|---|---|---|', ...bar];
  return [`# Audit of ${cell(report.target)}`, '', ...unread, ...found, '', ...table, ''].join('\n');
}

/** Text of a stranger's in a cell: no markup of its own comes through. */
function cell(text: string): string {
  return plain(text).replaceAll(/[\\`*_{}[\]<>()#+!|~&]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** The report as JUnit, a test case for each rule that had something to look at. */
export function junitReport(report: AuditReport): string {
  const cases = report.outcomes.filter(({ status }) => status !== 'not-applicable');
  const lines = cases.map(({ rule, status, why, findings }) => {
    const head = `  <testcase classname="portcullis.audit" name="${xml(rule)}"`;
    if (status === 'pass') return `${head}/>`;
    if (status === 'unknown') return `${head}><skipped message="${xml(why)}"/></testcase>`;
    const all = findings.map(({ place, message }) => `${placeText(place)} ${message}`).join('\n');
    return `${head}><failure message="${xml(why)}">${xml(all)}</failure></testcase>`;
  });
  const failures = cases.filter(({ status }) => status === 'fail').length;
  const skipped = cases.filter(({ status }) => status === 'unknown').length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="portcullis audit" tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}" timestamp="${xml(report.at)}">`,
    ...lines,
    '</testsuite>',
    '',
  ].join('\n');
}

function xml(text: string): string {
  return neutralise(text).replaceAll(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
