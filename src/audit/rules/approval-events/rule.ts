import type { EvidenceRule } from '../../evidence/evidence-rule.ts';
import { eventRule, type EventsGathered } from '../../evidence/event-rule.ts';

/** See `meta`. */
export const rule: EvidenceRule<EventsGathered> = eventRule(
  {
    id: 'approval-events',
    title: 'Decisions of people stand in the log',
    failure: 'Decisions of people are not recorded',
    severity: 'medium',
    controls: ['PIC-01'],
    remedy: 'Record who was asked what, who decided, and what became of it; keep a sample of the log.',
    references: ['OWASP Secure MCP Server Development, section 5', 'OWASP AISVS C9'],
  },
  'approval',
  ({ kinds }) => kinds['approval'] ?? 0,
);
