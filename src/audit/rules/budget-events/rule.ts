import type { EvidenceRule } from '../../evidence/evidence-rule.ts';
import { eventRule, type EventsGathered } from '../../evidence/event-rule.ts';

/** See `meta`. */
export const rule: EvidenceRule<EventsGathered> = eventRule(
  {
    id: 'budget-events',
    title: 'Calls that went beyond a budget stand in the log',
    failure: 'Calls that go beyond a budget are not recorded',
    severity: 'medium',
    controls: ['RES-02'],
    remedy: 'Record every call that a limit of time, number or amount stopped, and keep a sample of the log.',
    references: ['OWASP Secure MCP Server Development, section 3', 'OWASP LLM10:2025'],
  },
  'budget-breach',
  ({ denied }) =>
    ['task-context', 'principal-quotas', 'rate-limit', 'deadline', 'circuit-breaker'].reduce(
      (sum, control) => sum + (denied[control] ?? 0),
      0,
    ),
);
