import type { Flow } from '../../code/facts.ts';
import { flowRule, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'token-passthrough',
    title: 'No credential of a caller leaves the server',
    failure: 'A credential of a caller leaves the server',
    severity: 'high',
    confidence: 'high',
    controls: ['IDN-06'],
    method: 'static',
    remedy:
      'Ask for a token of the upstream service by token exchange, or use one that is kept for it. A token that was made for this server is for no other.',
    references: ['MCP 2026-07-28 basic/security_best_practices, token passthrough', 'RFC 8693'],
  },
  ['forward', 'log'],
  (flow) => {
    if (flow.kind === 'log') return { message: 'The token of a request is written to a log', evidence: flow.sink };
    return { message: 'The token of a request is sent to another service', evidence: flow.sink };
  },
  ({ source }) => source.kind === 'credential',
);
