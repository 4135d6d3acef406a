import { splitSources, type Control } from '../control.ts';

/** Gateway specifics: the 4 controls of the family `PRX`. */
export const PROXY: readonly Control[] = [
  {
    id: 'PRX-01',
    tier: 'core',
    minimumBar: [],
    title: 'Gateway headers are rebuilt',
    need: 'In both directions the gateway removes hop headers, credentials, claimed identities and unknown vendor metadata, adds only assertions of its own, and leaves parameter headers it does not know untouched.',
    maps: { mcpTop10: [7, 1], safeMcp: ['M-16'] },
    audit: ['probe', 'config'],
    sources: splitSources('SP:http intermediaries MUST; SP:auth MUST NOT transit; OG\u00a75'),
  },
  {
    id: 'PRX-02',
    tier: 'advanced',
    minimumBar: [],
    title: 'Signed messages between gateway and server',
    need: 'On private links each message may carry a signature over its content, a nonce and a time window, verified without any unsigned fallback and against a shared replay store.',
    maps: { mcpTop10: [7, 4, 8], safeMcp: ['M-45', 'M-31'] },
    audit: ['probe', 'config', 'evidence'],
    sources: splitSources('CS\u00a77; AISVS 10.4.6; NSA-R5; COSAI L3/L4; AGT\u00a77; T10 rec. MCPS'),
  },
  {
    id: 'PRX-03',
    tier: 'core',
    minimumBar: [],
    title: 'Nothing from upstream is trusted',
    need: 'Whatever an upstream sends is checked for schema, size, content, secrets, origin and rate like any hostile input, and only what belongs to the request passes.',
    maps: { mcpTop10: [3, 6, 10], safeMcp: ['M-22', 'M-5', 'M-23'] },
    audit: ['probe', 'config'],
    sources: splitSources('OT trust minimisation; AISVS 10.4.1/10.4.2; SP:http MUST relate; NSA-R6'),
  },
  {
    id: 'PRX-04',
    tier: 'core',
    minimumBar: [],
    title: 'Extensions need approval',
    need: 'A capability, result type or extension that nobody approved is removed, tasks belong to one principal, and app interfaces run sandboxed with each of their calls under policy.',
    maps: { mcpTop10: [3, 6, 9], safeMcp: ['M-38(idx)'] },
    audit: ['probe', 'config'],
    sources: splitSources(
      'SP:ver extensions MUST; SEP-2133; SEP-2663 MUST; SEP-1865; COSAI 3.2.12 + extension inventory',
    ),
  },
];
