import type { NetworkRule, Workload } from '../../gather/parts.ts';
import type { AuditRule, Hit } from '../../model.ts';
import type { FilesSubject } from '../../gather/parts.ts';
import { placeIn } from '../../file-rule.ts';

interface Network {
  readonly workloads: readonly Workload[];
  readonly rules: readonly NetworkRule[];
}

/** See `meta`. */
export const rule: AuditRule<FilesSubject, Network> = {
  kind: 'files',
  meta: {
    id: 'network-policy',
    title: 'The network of each namespace is closed but for what is named',
    failure: 'The network of a namespace is open',
    severity: 'high',
    confidence: 'medium',
    controls: ['DEP-03'],
    method: 'static',
    remedy:
      'Add a NetworkPolicy with policyTypes [Ingress, Egress] that names where the server may be reached from and what it reaches.',
    references: ['OWASP Secure MCP Server Development, section 6', 'Kubernetes hardening guide of NSA and CISA'],
  },
  gather({ workloads, networkRules }) {
    const own = workloads.filter(({ from }) => from === 'kubernetes');
    return own.length === 0 ? undefined : { workloads: own, rules: networkRules };
  },
  judge({ workloads, rules }) {
    const hits: Hit[] = [];
    for (const [namespace, [first]] of Map.groupBy(workloads, (each) => each.namespace ?? 'default')) {
      const own = rules.filter((each) => each.namespace === namespace);
      const missing = ['Ingress', 'Egress'].filter((type) => !own.some(({ types }) => types.includes(type)));
      if (first !== undefined && missing.length > 0)
        hits.push({
          message: `No policy closes the ${missing.join(' and the ').toLowerCase()} of namespace "${namespace}"`,
          place: placeIn(first.file, first),
        });
    }
    for (const each of rules)
      if (each.opensEgress)
        hits.push({ message: 'A policy lets everything out to anywhere', place: placeIn(each.file, each) });
    if (hits.length > 0) return { status: 'fail', why: `the network is open in ${hits.length} places`, hits };
    return { status: 'pass', why: `${rules.length} policies close the network`, hits };
  },
};
