import { splitSources, type Control } from '../control.ts';

/** Elicitation: the 3 controls of the family `ELI`. */
export const ELICITATION: readonly Control[] = [
  {
    id: 'ELI-01',
    tier: 'core',
    minimumBar: [],
    title: 'Request state is sealed',
    need: 'The state handed to a client is encrypted or signed, tied to the principal, client, method and arguments, short-lived and, for one-time flows, consumed once across all instances.',
    maps: { mcpTop10: [7, 2], safeMcp: [] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources(
      'SP:mrtr MUST/SHOULD; COSAI T1 #17; CONF input-required-result-tampered-state; SP:mrtr MUST (single-use); AI-CS\u00a74; AGT\u00a77.10',
    ),
  },
  {
    id: 'ELI-02',
    tier: 'core',
    minimumBar: [],
    title: 'Secrets are asked for by bound URL only',
    need: 'Passwords, keys and card data are never asked for in a form but on an https page that only the person who started the request can complete, whose address gives nothing away.',
    maps: { mcpTop10: [1, 7], safeMcp: ['M-15', 'M-13', 'M-17'] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources('SP:elic MUST NOT/MUST; COSAI elicitation L2; SP:elic MUST (several); SP:sbp'),
  },
  {
    id: 'ELI-03',
    tier: 'core',
    minimumBar: [],
    title: "Questions fit the client's abilities",
    need: 'Input is requested only in the methods and kinds that the protocol and the client allow, answers are validated, refusal is handled, and rounds are limited.',
    maps: { mcpTop10: [6], safeMcp: ['M-38(idx)'] },
    audit: ['probe', 'static'],
    sources: splitSources('SP:mrtr MUST; SP:elic MUST/SHOULD; CONF input-required-result-*'),
  },
];
