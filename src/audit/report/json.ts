import type { AuditReport } from '../run.ts';
import { barOf } from '../verdicts.ts';
import { levelsOf } from './levels.ts';

/** The report as JSON, with every verdict. */
export function jsonReport(report: AuditReport): string {
  const cosai = levelsOf(report.verdicts).map(({ dimension, reached, highest, held }) => ({
    dimension: dimension.id,
    reached,
    highest,
    held: held.map(({ control }) => control),
  }));
  return `${JSON.stringify({ ...report, minimumBar: barOf(report.verdicts), cosai }, undefined, 2)}\n`;
}
