import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'request-state',
  title: 'State that travels through a client is sealed, bound, short-lived and used once',
  failureTitle: 'A client can make or change the state that it is given to keep',
  severity: 'high',
  catalogue: ['ELI-01'],
  references: ['MCP 2026-07-28 basic/patterns/mrtr#server-requirements'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutRequestState',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'its state is that of the front, which opens it before anything is asked of an upstream' },
    modern: true,
    legacy: { not: 'its questions are asked and answered within one call' },
  },
};
