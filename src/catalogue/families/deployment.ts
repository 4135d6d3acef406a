import { splitSources, type Control } from '../control.ts';

/** Deployment: the 5 controls of the family `DEP`. */
export const DEPLOYMENT: readonly Control[] = [
  {
    id: 'DEP-01',
    tier: 'minimum-bar',
    minimumBar: ['5.1'],
    title: 'A minimal, confined container',
    need: 'The image is small, pinned and without shell or build tools, runs as an unprivileged user with nothing added and everything droppable dropped, and reports what it was denied.',
    maps: { mcpTop10: [4, 5, 8], safeMcp: ['M-9', 'M-29', 'M-11'] },
    audit: ['static', 'probe', 'evidence', 'config'],
    sources: splitSources(
      'OG\u00a76; OG-MB5.1; BL-container; SLOW; NSA-R4; OG\u00a78; T10-05; OG\u00a78 runtime protections; T10-05 detection; OG\u00a72 (flag undeclared)',
    ),
  },
  {
    id: 'DEP-02',
    tier: 'core',
    minimumBar: [],
    title: 'Read-only with limits',
    need: 'The root file system is read-only, scratch space and mounts are few and bounded, and processor, memory, process and file limits are set.',
    maps: { mcpTop10: [5], safeMcp: ['M-9'] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources('BL-container; T10-05; CS\u00a73; OT; OG\u00a71/\u00a73; SLOW'),
  },
  {
    id: 'DEP-03',
    tier: 'minimum-bar',
    minimumBar: ['5.1'],
    title: 'Network closed both ways',
    need: 'Traffic in and out is denied unless declared, only the gateway reaches the servers, egress passes a filter, and the cloud metadata address cannot be reached.',
    maps: { mcpTop10: [5, 9, 10], safeMcp: ['M-14', 'M-29'] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources('OG\u00a76; OG-MB5.1; NSA-R2; COSAI L3/L4; MS; BL-network; CS\u00a73'),
  },
  {
    id: 'DEP-04',
    tier: 'core',
    minimumBar: [],
    title: 'Safe defaults in production',
    need: 'Debug endpoints, verbose errors, samples and default credentials are off, unknown settings are errors, and every weakened setting has a name that an audit can see.',
    maps: { mcpTop10: [7, 9], safeMcp: ['M-10'] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources('T10-07 secure by default; T10-09 templates; ST-T1005; ST-T1109; NSA-A5; CSA MCP-05'),
  },
  {
    id: 'DEP-05',
    tier: 'core',
    minimumBar: [],
    title: 'Updates and retirement are controlled',
    need: 'Releases are signed and rolled out in stages with a way back, vulnerable or unsupported parts are replaced on time, and retiring a server removes its code, routes, credentials and grants.',
    maps: { mcpTop10: [4, 3, 9], safeMcp: ['M-6', 'M-41', 'M-24'] },
    audit: ['config', 'evidence', 'static', 'probe'],
    sources: splitSources(
      'OG title Deployment & Updates; OT staged rollout; COSAI L3/L4; T10-03 remediation; ST-T1207; OG\u00a78 OSV; NSA-R1/R8; COSAI decommissioning; BL (update dependencies); CS\u00a79',
    ),
  },
];
