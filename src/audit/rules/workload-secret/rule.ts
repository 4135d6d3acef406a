import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'workload-secret',
    title: 'No credential stands in what is deployed',
    failure: 'A credential stands in what is deployed',
    severity: 'high',
    confidence: 'medium',
    controls: ['SEC-01'],
    method: 'config',
    remedy: 'Compose: secrets, as files. Kubernetes: a mounted Secret, or a vault. Change the one that stood here.',
    references: ['OWASP MCP Top 10 MCP01', 'OWASP Secrets Management Cheat Sheet'],
  },
  ({ workloads }) => workloads,
  ({ file, name, env }) =>
    env.flatMap((each) =>
      each.secret === undefined
        ? []
        : [
            {
              message: `"${name}" has ${each.secret} in ${each.name}`,
              place: placeIn(file, each),
              evidence: each.name,
            },
          ],
    ),
);
