import type { EvidenceRule } from '../../evidence/evidence-rule.ts';
import { eventRule, type EventsGathered } from '../../evidence/event-rule.ts';

/** See `meta`. */
export const rule: EvidenceRule<EventsGathered> = eventRule(
  {
    id: 'header-mismatch-events',
    title: 'Requests whose headers and body disagree stand in the log',
    failure: 'Requests whose headers and body disagree are not recorded',
    severity: 'medium',
    controls: ['ARC-06'],
    remedy: 'Record each as a security event, and keep a sample of the log with one.',
    references: ['MCP 2026-07-28 basic/transports/streamable-http#server-validation'],
  },
  'header-mismatch',
  ({ denied }) => denied['header-agreement'] ?? 0,
);
