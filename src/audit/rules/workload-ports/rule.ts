import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'workload-ports',
    title: 'No port is open to every network of the machine',
    failure: 'A port is open to every network of the machine',
    severity: 'medium',
    confidence: 'medium',
    controls: ['DEP-03', 'ARC-01'],
    method: 'static',
    remedy:
      'Publish on one address, "127.0.0.1:3000:3000", behind what ends TLS; in Kubernetes use a Service and no hostPort.',
    references: ['OWASP Docker Security Cheat Sheet', 'OWASP MCP Top 10 MCP07'],
  },
  ({ workloads }) => workloads,
  ({ file, name, ports }) =>
    ports
      .filter(({ value }) => !/^(?:127\.\d+\.\d+\.\d+|\[?::1\]?|localhost):/.test(value))
      .map((each) => ({
        message: `"${name}" is reached from every network of its machine`,
        place: placeIn(file, each),
        evidence: each.value,
      })),
);
