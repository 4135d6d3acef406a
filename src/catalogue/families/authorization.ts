import { splitSources, type Control } from '../control.ts';

/** Authorization: the 8 controls of the family `AUZ`. */
export const AUTHORIZATION: readonly Control[] = [
  {
    id: 'AUZ-01',
    tier: 'minimum-bar',
    minimumBar: ['1.3'],
    title: 'One place decides',
    need: 'A single engine, which no request can go around, decides who may see and do what and writes it down, and the servers behind it still check who is calling.',
    maps: { mcpTop10: [2, 7], safeMcp: ['M-29', 'M-13'] },
    audit: ['static', 'probe', 'config', 'evidence'],
    sources: splitSources(
      'OG\u00a75; OG-MB1.3; T10-07; T10-06 PDP; COSAI 3.3.5 gateway; AISVS 9.5.3; CSA (OPA/Cedar); MS mcp07; SP:auth-sec MUST; OG\u00a76 segmentation',
    ),
  },
  {
    id: 'AUZ-02',
    tier: 'core',
    minimumBar: [],
    title: 'Denied unless allowed',
    need: 'A missing rule, an unknown name, a policy error, a timeout, an unreachable store or an unwritable audit record each end in refusal.',
    maps: { mcpTop10: [2, 7], safeMcp: ['M-29'] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources('T10-07; AI-CS\u00a74; AGT\u00a718; CS\u00a77 (fail closed); SM-29'),
  },
  {
    id: 'AUZ-03',
    tier: 'core',
    minimumBar: [],
    title: 'Decisions reach the argument and the object',
    need: 'Each call is judged on its caller, acting client, tool, argument values and the very object it touches, not merely on access to the server.',
    maps: { mcpTop10: [2, 7], safeMcp: ['M-16', 'M-29'] },
    audit: ['static', 'probe', 'evidence'],
    sources: splitSources(
      'AISVS 10.2.5; T10-07 (per request); COSAI L3 TBAC; OT authz (action level); OG\u00a75 re-check; CS\u00a76; BL-authz',
    ),
  },
  {
    id: 'AUZ-04',
    tier: 'minimum-bar',
    minimumBar: ['1.2'],
    title: 'Small scopes, raised on demand',
    need: 'Scopes cover single capabilities without wildcards, a client starts with discovery and reading, and more is granted only through a logged step-up challenge.',
    maps: { mcpTop10: [2], safeMcp: ['M-16'] },
    audit: ['static', 'probe', 'config', 'evidence'],
    sources: splitSources(
      'OG\u00a75; SP:sbp(scope minimisation); T10-02; CS\u00a71; COSAI L3; OT authz; BL-least-privilege',
    ),
  },
  {
    id: 'AUZ-05',
    tier: 'core',
    minimumBar: [],
    title: 'Lists show only what may be used',
    need: 'Nothing is listed before authentication, and lists and completions hold only what the presented authorization permits, independent of what the connection did before.',
    maps: { mcpTop10: [2, 10], safeMcp: ['M-28', 'M-16'] },
    audit: ['probe', 'config'],
    sources: splitSources(
      'AISVS 10.2.4; SP:tools MUST NOT vary per connection / MAY vary by authz; SM-28; OG\u00a75 (tool filtering); SP:completion MUST',
    ),
  },
  {
    id: 'AUZ-06',
    tier: 'core',
    minimumBar: [],
    title: 'Privilege ends by itself',
    need: 'A raised grant states its reason and its end, lapses without anyone acting, and is approved by someone other than the one who uses it.',
    maps: { mcpTop10: [2], safeMcp: ['M-16', 'M-29'] },
    audit: ['config', 'evidence', 'probe'],
    sources: splitSources('T10-02; OT JIT; AISVS 9.5.6; MS mcp02'),
  },
  {
    id: 'AUZ-07',
    tier: 'core',
    minimumBar: [],
    title: 'Untrusted content cannot raise privilege',
    need: 'Tools have a risk tier and a data class, and neither tainted context, another server nor a lower-tier tool can cause writing, sending or critical work without a new decision.',
    maps: { mcpTop10: [2, 6, 10], safeMcp: ['M-29', 'M-42', 'M-1'] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources(
      'SM-29; CS\u00a78; AISVS 9.2.10; T10-06 (goal-aligned allow list); MSC\u00a76 toxic flows; AISVS 9.3.5; SM-1; T10-06 (intent read blocks write); CS\u00a78 cross-server flows; MSC\u00a76',
    ),
  },
  {
    id: 'AUZ-08',
    tier: 'core',
    minimumBar: [],
    title: 'The model is never an authority',
    need: "Whatever decides access is taken from a verified token or the server's own records: not from arguments that a model wrote, names that a peer gives itself, annotations or prompts.",
    maps: { mcpTop10: [2, 7], safeMcp: ['M-29', 'M-1'] },
    audit: ['static', 'probe'],
    sources: splitSources(
      'AISVS 9.5.3; SP:basic clientInfo SHOULD NOT; SP:elic MUST NOT rely on client-provided id; COSAI 3.2.8; SEP-2243 security MUST NOT',
    ),
  },
];
