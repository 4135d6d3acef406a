import type { AcceptedFinding, StartCheck } from '../../pipeline/start.ts';
import type { ScanFinding } from '../../scan/finding.ts';
import { scanDefinition } from '../../scan/scan.ts';

/**
 * Refuses to start with text that gives a model orders or hides something from a person: every string of every
 * definition is scanned, names and schemas included. A finding that someone has looked at can be accepted until a day.
 */
export function configure(): StartCheck {
  return function descriptionScan({ definitions, accepted }) {
    const stale = accepted.filter(({ until }) => !/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(Date.parse(until)));
    return [
      ...stale.map(({ where, rule }) => `accepted, ${where}, ${rule}: until is no day, such as 2027-06-30.`),
      ...definitions.flatMap(({ where, definition }) =>
        scanDefinition(definition)
          .filter((finding) => finding.severity === 'high' && !isAccepted(accepted, where, finding))
          .map((finding) => tell(where, finding)),
      ),
    ];
  };
}

function tell(where: string, { path, rule, excerpt, why }: ScanFinding): string {
  return `${where}, ${path}: ${why} It says "${excerpt}". Reword it, or accept the finding "${rule}" with a reason.`;
}

const DAY_MS = 86_400_000;

function isAccepted(accepted: readonly AcceptedFinding[], where: string, finding: ScanFinding): boolean {
  return accepted.some(
    (entry) =>
      entry.where === where &&
      entry.rule === finding.rule &&
      Date.parse(`${entry.until}T00:00:00Z`) + DAY_MS > Date.now(),
  );
}
