import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { Hit } from '../../model.ts';

const LEADS_OUT = /^(?:CAP_)?(?:ALL|SYS_ADMIN|SYS_PTRACE|SYS_MODULE|SYS_RAWIO|DAC_READ_SEARCH|NET_ADMIN|BPF)$/i;

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'workload-rights',
    title: 'Containers hold no rights of the machine',
    failure: 'A container holds rights of the machine',
    severity: 'medium',
    confidence: 'high',
    controls: ['DEP-01', 'ISO-05'],
    method: 'static',
    remedy:
      'Compose: cap_drop: [ALL] and security_opt: [no-new-privileges:true]. Kubernetes: allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}.',
    references: ['Kubernetes Pod Security Standards, restricted', 'OWASP Docker Security Cheat Sheet'],
  },
  ({ workloads }) => workloads,
  (each) => {
    const { file, name, privileged, mayGain, dropsAll, adds, seccomp, from } = each;
    const hits: Hit[] = [];
    if (privileged?.value === true)
      hits.push({
        message: `"${name}" is privileged: it is the machine`,
        place: placeIn(file, privileged),
        severity: 'critical',
      });
    if (mayGain?.value !== false)
      hits.push({
        message: `What "${name}" starts may gain rights`,
        place: placeIn(file, mayGain ?? each),
        ...(mayGain === undefined || from === 'compose' ? {} : { fix: { replace: 'true', by: 'false' } }),
      });
    if (!dropsAll)
      hits.push({ message: `"${name}" keeps the rights that an engine gives by itself`, place: placeIn(file, each) });
    for (const added of adds)
      if (LEADS_OUT.test(added.value))
        hits.push({
          message: `"${name}" is given a right that leads out`,
          place: placeIn(file, added),
          evidence: added.value,
          severity: 'high',
        });
    if (seccomp !== undefined && /unconfined/i.test(seccomp.value))
      hits.push({
        message: `System calls of "${name}" are not confined`,
        place: placeIn(file, seccomp),
        severity: 'high',
      });
    else if (seccomp === undefined && from === 'kubernetes')
      hits.push({
        message: `System calls of "${name}" are not confined: no seccompProfile`,
        place: placeIn(file, each),
      });
    return hits;
  },
);
