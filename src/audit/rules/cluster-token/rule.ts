import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'cluster-token',
    title: 'No container holds a token of its cluster',
    failure: 'A container holds a token of its cluster',
    severity: 'medium',
    confidence: 'high',
    controls: ['DEP-01', 'SEC-04'],
    method: 'static',
    remedy: 'Set automountServiceAccountToken: false for a server that does not speak with the API of the cluster.',
    references: ['CIS Kubernetes Benchmark 5.1.6', 'Kubernetes hardening guide of NSA and CISA'],
  },
  ({ workloads }) => workloads.filter(({ from }) => from === 'kubernetes'),
  (each) =>
    each.clusterToken?.value === false
      ? []
      : [
          {
            message: `"${each.name}" is given a token of its cluster`,
            place: placeIn(each.file, each.clusterToken ?? each),
            ...(each.clusterToken === undefined ? {} : { fix: { replace: 'true', by: 'false' } }),
          },
        ],
);
