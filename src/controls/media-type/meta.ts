import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'media-type',
  title: 'A message is taken as application/json only',
  failureTitle: 'A web form can be sent as a message',
  severity: 'medium',
  catalogue: ['ARC-02'],
  references: ['MCP 2026-07-28 basic/transports/streamable-http#sending-messages', 'Fetch section 2.2.2'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutMediaType',
  reach: {
    http: true,
    stdio: { not: 'a pipe has no media types' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
