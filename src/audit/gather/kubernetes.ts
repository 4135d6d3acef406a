import { atText, heldOf } from './clients.ts';
import { flag } from './compose.ts';
import { isTrue, itemsOf, member, membersOf, textOf, type Located } from './located.ts';
import type { At, NetworkRule, Workload } from './parts.ts';

/** What a manifest of Kubernetes runs and allows; `undefined` when the document is none. */
export function readKubernetes(
  file: string,
  root: Located,
): { readonly workloads: readonly Workload[]; readonly networkRules: readonly NetworkRule[] } | undefined {
  const kind = textOf(member(root, 'kind'));
  if (kind === undefined || member(root, 'apiVersion') === undefined) return undefined;
  if (kind === 'List') {
    const parts = itemsOf(member(root, 'items')).flatMap((each) => readKubernetes(file, each) ?? []);
    return {
      workloads: parts.flatMap(({ workloads }) => workloads),
      networkRules: parts.flatMap(({ networkRules }) => networkRules),
    };
  }
  if (kind === 'NetworkPolicy') return { workloads: [], networkRules: [readNetworkRule(file, root)] };
  // What `helm test` starts is no part of what is deployed.
  if (/\btest\b/.test(textOf(member(root, 'metadata', 'annotations', 'helm.sh/hook')) ?? ''))
    return { workloads: [], networkRules: [] };
  const pod = podOf(kind, root);
  const name = textOf(member(root, 'metadata', 'name')) ?? kind;
  const namespace = textOf(member(root, 'metadata', 'namespace')) ?? 'default';
  if (pod === undefined) return { workloads: [], networkRules: [] };
  const containers = [...itemsOf(member(pod, 'initContainers')), ...itemsOf(member(pod, 'containers'))];
  return {
    workloads: containers.map((container) => ({ ...readContainer(file, name, pod, container), namespace })),
    networkRules: [],
  };
}

function podOf(kind: string, root: Located): Located | undefined {
  if (kind === 'Pod') return member(root, 'spec');
  if (kind === 'CronJob') return member(root, 'spec', 'jobTemplate', 'spec', 'template', 'spec');
  return member(root, 'spec', 'template', 'spec');
}

function readContainer(file: string, owner: string, pod: Located, container: Located): Workload {
  const own = member(container, 'securityContext');
  const common = member(pod, 'securityContext');
  const image = atText(member(container, 'image'));
  const user = atText(member(own, 'runAsUser') ?? member(common, 'runAsUser'));
  const seccomp = atText(member(own, 'seccompProfile', 'type') ?? member(common, 'seccompProfile', 'type'));
  const limits = member(container, 'resources', 'limits');
  const capabilities = member(own, 'capabilities');
  const volumes = new Map(itemsOf(member(pod, 'volumes')).map((each) => [textOf(member(each, 'name')), each]));
  const mounted = itemsOf(member(container, 'volumeMounts')).flatMap((each) => {
    const path = atText(member(volumes.get(textOf(member(each, 'name'))), 'hostPath', 'path'));
    return path === undefined ? [] : [path];
  });
  return {
    file,
    line: container.line,
    column: container.column,
    from: 'kubernetes',
    name: `${owner}/${textOf(member(container, 'name')) ?? '?'}`,
    ...(image === undefined ? {} : { image }),
    ...(user === undefined ? {} : { user }),
    ...flag('mayGain', member(own, 'allowPrivilegeEscalation')),
    ...flag('nonRoot', member(own, 'runAsNonRoot') ?? member(common, 'runAsNonRoot')),
    ...flag('privileged', member(own, 'privileged')),
    ...flag('readOnly', member(own, 'readOnlyRootFilesystem')),
    dropsAll: itemsOf(member(capabilities, 'drop')).some((each) => /^all$/i.test(textOf(each) ?? '')),
    adds: itemsOf(member(capabilities, 'add')).flatMap((each) => atText(each) ?? []),
    ...(seccomp === undefined ? {} : { seccomp }),
    shares: sharesOf(pod),
    mounts: mounted,
    env: itemsOf(member(container, 'env')).flatMap((each) => {
      const value = atText(member(each, 'value'));
      return value === undefined ? [] : [heldOf(textOf(member(each, 'name')) ?? '', value)];
    }),
    limits: {
      memory: member(limits, 'memory') !== undefined,
      cpu: member(limits, 'cpu') !== undefined,
      // The kubelet bounds them for the node; no manifest of a pod does.
      pids: true,
    },
    ports: itemsOf(member(container, 'ports')).flatMap((each) => atText(member(each, 'hostPort')) ?? []),
    ...flag('clusterToken', member(pod, 'automountServiceAccountToken')),
  };
}

function sharesOf(pod: Located): readonly At<string>[] {
  return (['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((key) => {
    const value = member(pod, key);
    if (value === undefined || !isTrue(value)) return [];
    return [{ value: key.slice(4).toLowerCase(), line: value.line, column: value.column }];
  });
}

function readNetworkRule(file: string, root: Located): NetworkRule {
  const spec = member(root, 'spec');
  const egress = itemsOf(member(spec, 'egress'));
  const written = itemsOf(member(spec, 'policyTypes')).flatMap((each) => textOf(each) ?? []);
  const implied = member(spec, 'egress') === undefined ? ['Ingress'] : ['Ingress', 'Egress'];
  return {
    file,
    line: root.line,
    column: root.column,
    namespace: textOf(member(root, 'metadata', 'namespace')) ?? 'default',
    types: written.length === 0 ? implied : written,
    opensEgress: egress.some(isOpen),
  };
}

/** A rule without a destination, or with all addresses as one. */
function isOpen(rule: Located): boolean {
  const to = itemsOf(member(rule, 'to'));
  if (to.length === 0) return membersOf(rule).every(([key]) => key !== 'ports');
  return to.some((each) => /^(?:0\.0\.0\.0|::)\/0$/.test(textOf(member(each, 'ipBlock', 'cidr')) ?? ''));
}
