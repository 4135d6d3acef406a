import { splitSources, type Control } from '../control.ts';

/** Resource limits: the 4 controls of the family `RES`. */
export const RESOURCES: readonly Control[] = [
  {
    id: 'RES-01',
    tier: 'minimum-bar',
    minimumBar: ['2.3'],
    title: 'Rate limits by verified caller',
    need: 'Limits on calls count by who was verified, which client acts, which tool is called and which upstream serves it, and no change of spelling or header resets one.',
    maps: { mcpTop10: [8], safeMcp: ['M-20'] },
    audit: ['probe', 'config'],
    sources: splitSources('OG\u00a73; SP:tools MUST rate limit; SP:completion MUST; COSAI L3; AGT\u00a79; SLOW'),
  },
  {
    id: 'RES-02',
    tier: 'minimum-bar',
    minimumBar: ['2.3'],
    title: 'Time and budget limits',
    need: 'Every call, upstream request, approval and stream has a hard deadline that progress cannot move, and every task a ceiling on calls, depth, repeats, bytes, tokens and cost.',
    maps: { mcpTop10: [8, 6], safeMcp: ['M-20'] },
    audit: ['static', 'probe', 'config', 'evidence'],
    sources: splitSources(
      'OG\u00a73; SP:cancel SHOULD; OT timeouts; AISVS 9.1.1; AISVS 9.6.2; AISVS 9.1.2; COSAI T10 denial of wallet; SP:sampling iteration limits; ST-T1106; NSA-A8',
    ),
  },
  {
    id: 'RES-03',
    tier: 'core',
    minimumBar: [],
    title: 'Breakers and a kill switch',
    need: 'Failing or suspicious tools and upstreams are cut off automatically, and an operator can stop any one party, or all of them, within seconds, running work included.',
    maps: { mcpTop10: [8, 2], safeMcp: ['M-11'] },
    audit: ['probe', 'config', 'evidence'],
    sources: splitSources('AISVS 9.1.3/9.6.x; OT operator kill-switch; COSAI L4; AGT\u00a714.5; MS IR'),
  },
  {
    id: 'RES-04',
    tier: 'core',
    minimumBar: [],
    title: 'Streams and subscriptions are bounded',
    need: 'Each principal has a limited number of streams, watched resources and tasks, authorized when opened and again on delivery, and receives only what was asked for.',
    maps: { mcpTop10: [7, 10], safeMcp: ['M-19', 'M-28'] },
    audit: ['probe', 'config'],
    sources: splitSources('SP:subs MUST; SEP-2663 MUST; COSAI T10; SP:progress SHOULD'),
  },
];
