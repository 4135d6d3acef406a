import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'workload-read-only',
    title: 'Containers cannot change themselves',
    failure: 'A container can change its own files',
    severity: 'medium',
    confidence: 'high',
    controls: ['DEP-02'],
    method: 'static',
    remedy: 'Compose: read_only: true. Kubernetes: readOnlyRootFilesystem: true. Give a tmpfs where it writes.',
    references: ['OWASP Secure MCP Server Development, section 6', 'Kubernetes hardening guide of NSA and CISA'],
  },
  ({ workloads }) => workloads,
  (each) =>
    each.readOnly?.value === true
      ? []
      : [{ message: `"${each.name}" can change its own files`, place: placeIn(each.file, each.readOnly ?? each) }],
);
