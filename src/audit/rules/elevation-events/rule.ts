import type { EvidenceRule } from '../../evidence/evidence-rule.ts';
import { eventRule, type EventsGathered } from '../../evidence/event-rule.ts';

/** See `meta`. */
export const rule: EvidenceRule<EventsGathered> = eventRule(
  {
    id: 'elevation-events',
    title: 'Scopes that were asked for or granted later stand in the log',
    failure: 'Scopes that are granted later are not recorded',
    severity: 'medium',
    controls: ['AUZ-04'],
    remedy: 'Record every challenge for more scope and every grant, and keep a sample of the log.',
    references: ['MCP 2026-07-28 basic/authorization#scope-challenge-handling', 'OWASP MCP Top 10 MCP02'],
  },
  'elevation',
  ({ kinds }) => (kinds['elevation'] ?? 0) + (kinds['grant'] ?? 0),
);
