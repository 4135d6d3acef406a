import { splitSources, type Control } from '../control.ts';

/** Audit and monitoring: the 4 controls of the family `LOG`. */
export const LOGGING: readonly Control[] = [
  {
    id: 'LOG-01',
    tier: 'minimum-bar',
    minimumBar: ['5.3'],
    title: 'Every security event is recorded',
    need: 'Calls, questions, approvals, decisions, refusals, elevations, drift and configuration changes are recorded, allowed or not, with who, for whom, what, under which policy and how it ended.',
    maps: { mcpTop10: [8], safeMcp: ['M-12'] },
    audit: ['static', 'probe', 'config', 'evidence'],
    sources: splitSources(
      'OG\u00a77; OG-MB5.3; T10-08; CS\u00a710; COSAI L2/L3; NSA-R7; SLOW; BL-logging; T10-08 fields; T10-03 (log schema hash); COSAI 3.2.10 + L3; SP:basic trace ctx MUST format; MS mcp08',
    ),
  },
  {
    id: 'LOG-02',
    tier: 'minimum-bar',
    minimumBar: ['5.2', '5.3'],
    title: 'Logs hold only what is allowed',
    need: 'Only fields on an allow-list are written in clear, all others are digested or dropped, and secrets and personal data are removed before any log, trace, metric or notification leaves.',
    maps: { mcpTop10: [1, 8], safeMcp: ['M-12', 'M-63'] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources('OG\u00a77; BL-logging critical; T10-01; T10-08; SP:logging MUST NOT; CS\u00a710'),
  },
  {
    id: 'LOG-03',
    tier: 'core',
    minimumBar: [],
    title: 'Logs cannot be altered unnoticed',
    need: 'Records are append-only, chained and signed, so that a gap or an edit shows, with set retention, few readers and two people for deletion.',
    maps: { mcpTop10: [8], safeMcp: ['M-12'] },
    audit: ['evidence', 'probe', 'config'],
    sources: splitSources('OG\u00a77 immutable; T10-08; COSAI L4; NSA audit; CSA log tampering; AI-CS\u00a78; SLOW'),
  },
  {
    id: 'LOG-04',
    tier: 'minimum-bar',
    minimumBar: ['5.3'],
    title: 'Live monitoring and alerts',
    need: 'Events flow to a monitoring backend with rules for known attack patterns, a baseline for each agent and tool, and an alert when the events stop.',
    maps: { mcpTop10: [8, 6], safeMcp: ['M-11', 'M-20', 'M-44'] },
    audit: ['probe', 'config', 'evidence'],
    sources: splitSources(
      'OG\u00a78; OG-MB5.3; T10-08; CS\u00a710; NSA-R7; SM-11/20; BL-logging; OT incident detection; COSAI L3',
    ),
  },
];
