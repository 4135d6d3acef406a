import { splitSources, type Control } from '../control.ts';

/** Governance: the 5 controls of the family `GOV`. */
export const GOVERNANCE: readonly Control[] = [
  {
    id: 'GOV-01',
    tier: 'core',
    minimumBar: [],
    title: 'A register of everything that runs',
    need: 'A register says of all that runs who owns it, what it is for, its version, endpoints, data class and next review, and what is not registered is not routed.',
    maps: { mcpTop10: [9], safeMcp: ['M-14', 'M-6'] },
    audit: ['config', 'probe', 'evidence'],
    sources: splitSources('T10-09; OT registry; COSAI inventory L2-L4; NSA-R8; AISVS 10.1.2; SM-14'),
  },
  {
    id: 'GOV-02',
    tier: 'core',
    minimumBar: [],
    title: 'Shadow servers are searched for',
    need: 'Networks, hosts, clusters, repositories and client configurations are scanned at intervals for MCP servers outside the register, and differences raise an alert.',
    maps: { mcpTop10: [9], safeMcp: ['M-14'] },
    audit: ['probe', 'static', 'evidence'],
    sources: splitSources('T10-09; NSA-R9; COSAI L4; MS mcp09'),
  },
  {
    id: 'GOV-03',
    tier: 'core',
    minimumBar: [],
    title: 'Access is reviewed regularly',
    need: 'At least every quarter scopes, grants, machine identities, approvals, waivers and pins are reviewed, and privilege that grew or is unused is reported.',
    maps: { mcpTop10: [2], safeMcp: ['M-16', 'M-25'] },
    audit: ['evidence', 'config'],
    sources: splitSources('BL quarterly review; T10-02 entitlement review; MS; COSAI recertification; AISVS 9.4.3'),
  },
  {
    id: 'GOV-04',
    tier: 'core',
    minimumBar: [],
    title: 'A rehearsed incident response',
    need: 'There are tried playbooks for poisoned tools, leaked tokens, swapped definitions, shadow servers and data leaks, and a published contact.',
    maps: { mcpTop10: [8, 9], safeMcp: ['M-12'] },
    audit: ['evidence', 'static', 'probe'],
    sources: splitSources('T10-03/09/10 remediation; MS IR; COSAI L4 hooks; AISVS 9.6; CSA'),
  },
  {
    id: 'GOV-05',
    tier: 'core',
    minimumBar: [],
    title: 'Launch by consent, from the register',
    need: 'Before a local server starts or an upstream is added a person sees exactly what will run and with which access, and no outside input, be it a call, a link or a page, can start anything.',
    maps: { mcpTop10: [4, 9, 5, 7], safeMcp: ['M-15', 'M-14', 'M-9'] },
    audit: ['config', 'probe', 'static'],
    sources: splitSources(
      'CS\u00a711; SP:sbp(local) MUST; SEP-1024 MUST; OT UI transparency; AISVS 10.4.7; SP:sbp(stdio proxy) SHOULD; CVE-2025-49596 class',
    ),
  },
];
