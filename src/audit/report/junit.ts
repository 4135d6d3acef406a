import { neutralise } from '../../text/neutralise.ts';
import type { Status } from '../model.ts';
import type { AuditReport } from '../run.ts';
import { placeText } from './plain.ts';
import { isStanding, STATUSES, standingText } from './standing.ts';

/** The report as JUnit, a test case for each rule that had something to look at. */
export function junitReport(report: AuditReport): string {
  const cases = report.outcomes.filter(({ status }) => status !== 'not-applicable');
  const lines = cases.map(({ rule, status, why, findings }) => {
    const head = `  <testcase classname="portcullis.audit" name="${xml(rule)}"`;
    if (status === 'pass') return `${head}/>`;
    const standing = findings.filter(isStanding);
    // What is waived or known fails no build, and is not passed over in silence either.
    if (status === 'waived' || (status === 'fail' && findings.length > 0 && standing.length === 0)) {
      const told = findings.map((each) => `${placeText(each.place)} ${standingText(each, report.bearing) ?? ''}`);
      return `${head}><skipped message="${xml(told.join('; '))}"/></testcase>`;
    }
    if (status === 'unknown') return `${head}><skipped message="${xml(why)}"/></testcase>`;
    const all = standing.map(({ place, message }) => `${placeText(place)} ${message}`).join('\n');
    return `${head}><failure message="${xml(why)}">${xml(all)}</failure></testcase>`;
  });
  const failures = lines.filter((line) => line.includes('><failure ')).length;
  const skipped = lines.filter((line) => line.includes('><skipped ')).length;
  const count = (name: Status): number => report.verdicts.filter(({ status }) => status === name).length;
  const properties = STATUSES.map(
    (status) => `    <property name="portcullis.controls.${status}" value="${count(status)}"/>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="portcullis audit" tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}" timestamp="${xml(report.at)}">`,
    '  <properties>',
    ...properties,
    '  </properties>',
    ...lines,
    '</testsuite>',
    '',
  ].join('\n');
}

function xml(text: string): string {
  return neutralise(text).replaceAll(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
