import { concluded, evidenceRule, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { readDay } from '../../evidence/fields.ts';
import type { PinFacts } from '../../evidence/subject.ts';

interface Pins {
  readonly at: string;
  readonly pins: readonly PinFacts[];
}

/** See `meta`. */
export const rule: EvidenceRule<Pins> = evidenceRule(
  {
    id: 'pin-approvals',
    title: 'Everything that is pinned was approved by somebody who is named',
    failure: 'Something is pinned as approved at a time that cannot be',
    severity: 'high',
    controls: ['TDS-02'],
    remedy:
      'Keep the lock with the pins under version control, and approve what waits in it: portcullis gateway approve.',
    references: ['OWASP MCP minimum bar 3.1', 'OWASP MCP Top 10 MCP03'],
  },
  ({ at, pins }) => ({ at, pins }),
  ({ at, pins }) => {
    const now = Date.parse(at);
    const hits = pins
      .filter(({ approvedAt }) => approvedAt !== undefined && (readDay(approvedAt) ?? Infinity) > now + 86_400_000)
      .map(({ file, upstream, name }) => ({
        message: `${name} of ${upstream} is approved at no time that has been`,
        place: { file, line: 1, column: 1 },
      }));
    const waiting = pins.filter(({ approvedBy }) => approvedBy === undefined);
    const unclear = waiting.slice(0, 1).map(({ upstream, name }) => {
      const more = waiting.length > 1 ? ` and ${waiting.length - 1} more are` : ' is';
      return `${name} of ${upstream}${more} not approved yet`;
    });
    if (pins.length === 0)
      unclear.push('there is no lock with pins (portcullis.lock) beside the target or among the records');
    return concluded(hits, unclear, `${pins.length} pinned, each approved by somebody`);
  },
);
