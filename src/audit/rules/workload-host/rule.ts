import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

const SOCKET = /(?:docker|podman|containerd|crio)\.sock$/;
const SENSITIVE =
  /^(?:\/|\/(?:etc|root|home|proc|sys|dev|var|boot|run|usr)(?:\/.*)?|~\/?|~\/\.(?:ssh|aws|kube|config|gnupg)(?:\/.*)?|\$\{?HOME\}?\/?)$/;

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'workload-host',
    title: 'Containers see nothing of the machine',
    failure: 'A container sees parts of the machine',
    severity: 'high',
    confidence: 'high',
    controls: ['ISO-05', 'DEP-02', 'DEP-03'],
    method: 'static',
    remedy:
      'Give it a volume of its own, and its own network. Whoever holds the socket of the engine holds the machine.',
    references: ['Kubernetes Pod Security Standards, baseline', 'OWASP Docker Security Cheat Sheet, rule 1'],
  },
  ({ workloads }) => workloads,
  ({ file, name, mounts, shares, from }) => [
    ...mounts.flatMap((each) => {
      if (SOCKET.test(each.value))
        return [
          {
            message: `"${name}" holds the socket of the container engine`,
            place: placeIn(file, each),
            evidence: each.value,
            severity: 'critical' as const,
          },
        ];
      if (SENSITIVE.test(each.value))
        return [{ message: `"${name}" sees a part of the machine`, place: placeIn(file, each), evidence: each.value }];
      // A folder of the project is how things are developed; a cluster has no such thing.
      return from === 'kubernetes'
        ? [
            {
              message: `"${name}" sees a folder of its node`,
              place: placeIn(file, each),
              evidence: each.value,
              severity: 'medium' as const,
            },
          ]
        : [];
    }),
    ...shares.map((each) => ({
      message: `"${name}" shares the ${each.value} of the machine`,
      place: placeIn(file, each),
      evidence: each.value,
    })),
  ],
);
