import { neutralise } from '../../text/neutralise.ts';
import type { AuditReport } from '../run.ts';
import { placeText } from './plain.ts';

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
