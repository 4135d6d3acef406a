import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'workload-user',
    title: 'Containers run as a user of their own',
    failure: 'A container may run as root',
    severity: 'high',
    confidence: 'medium',
    controls: ['DEP-01'],
    method: 'static',
    remedy: 'Compose: user: "65532:65532". Kubernetes: runAsNonRoot: true, with runAsUser.',
    references: ['OWASP Secure MCP Server Development, section 6', 'Kubernetes Pod Security Standards, restricted'],
  },
  ({ workloads }) => workloads,
  (each) => {
    const { file, name, user, nonRoot, from } = each;
    const isRoot = user !== undefined && /^(?:0+|root)(?::|$)/.test(user.value);
    if (isRoot)
      return [
        {
          message: `"${name}" runs as root`,
          place: placeIn(file, user),
          evidence: `user ${user.value}`,
          confidence: 'high',
        },
      ];
    if (user !== undefined || nonRoot?.value === true) return [];
    const written = from === 'compose' ? 'user' : 'runAsNonRoot';
    return [
      {
        message: `"${name}" runs as the user of its image, which may be root: ${written} is not set`,
        place: placeIn(file, each),
      },
    ];
  },
);
