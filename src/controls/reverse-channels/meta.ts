import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'reverse-channels',
  title: 'A server asks its clients only over channels that were declared',
  failureTitle: 'Any tool can ask the person or the model behind a client',
  severity: 'high',
  catalogue: ['PIC-06'],
  references: ['MCP 2026-07-28 basic/patterns/mrtr', 'MCP 2026-07-28 client/sampling'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutReverseChannels',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
