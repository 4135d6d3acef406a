import type { LiveSubject, ProcessLife } from '../../live/subject.ts';
import type { AuditRule } from '../../model.ts';
import { processRule } from '../../probes/process-rule.ts';

/** See `meta`. */
export const rule: AuditRule<LiveSubject, ProcessLife> = processRule(
  {
    id: 'local-sockets',
    title: 'A server over standard input and output waits on no network address',
    failure: 'A server over standard input and output waits on a network address as well',
    severity: 'medium',
    confidence: 'high',
    controls: ['ARC-01'],
    method: 'probe',
    remedy:
      'Open no port beside standard input and output. Where one is needed, bind it to 127.0.0.1 and ask for a token.',
    references: ['MCP 2026-07-28 basic/transports', 'NSA, MCP guidance, local servers'],
  },
  ({ sockets }) => {
    if (sockets === undefined) return 'the system does not tell on what it waits';
    return sockets
      .filter(({ protocol }) => protocol === 'tcp')
      .map(({ address, port }) => {
        const isLocal = address.startsWith('127.') || address === '::1';
        return {
          message: isLocal
            ? 'waits for connections of every program of the machine'
            : 'waits for connections from every network of the machine',
          place: { exchange: 'its sockets' },
          evidence: `tcp ${address} port ${port}`,
          severity: isLocal ? ('low' as const) : ('high' as const),
        };
      });
  },
);
