import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'bounded-streams',
  title: 'Open streams are few, authorized at each delivery, and end with their token',
  failureTitle: 'Streams outlive the right to them, or grow without end',
  severity: 'medium',
  catalogue: ['RES-04'],
  references: ['MCP 2026-07-28 basic/patterns/subscriptions'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutBoundedStreams',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'its streams tell of what changes in front, and what changes in an upstream is not followed' },
    modern: true,
    legacy: true,
  },
};
