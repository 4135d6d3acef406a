import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'workload-limits',
    title: 'Containers have limits',
    failure: 'A container has no limits',
    severity: 'medium',
    confidence: 'high',
    controls: ['DEP-02', 'ISO-03'],
    method: 'static',
    remedy: 'Compose: mem_limit, cpus and pids_limit. Kubernetes: resources.limits with memory and cpu.',
    references: ['OWASP Secure MCP Server Development, section 6', 'OWASP Kubernetes Top Ten'],
  },
  ({ workloads }) => workloads,
  (each) => {
    const missing = Object.entries(each.limits).flatMap(([what, has]) => (has ? [] : [what]));
    if (missing.length === 0) return [];
    return [
      {
        message: `"${each.name}" has no limit of ${missing.join(', ')}`,
        place: placeIn(each.file, each),
        // Memory is what takes a neighbour down.
        ...(each.limits.memory ? { severity: 'low' as const } : {}),
      },
    ];
  },
);
