import type { AuditReport } from '../run.ts';
import { barOf } from '../verdicts.ts';

/** The report as JSON, with every verdict. */
export function jsonReport(report: AuditReport): string {
  return `${JSON.stringify({ ...report, minimumBar: barOf(report.verdicts) }, undefined, 2)}\n`;
}
