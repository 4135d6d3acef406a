import { splitSources, type Control } from '../control.ts';

/** Secrets: the 5 controls of the family `SEC`. */
export const SECRETS: readonly Control[] = [
  {
    id: 'SEC-01',
    tier: 'minimum-bar',
    minimumBar: ['5.2'],
    title: 'Secrets stay in a vault',
    need: 'A secret manager hands credentials out by reference when they are needed, and they stand in no source, image, manifest, client configuration or plain environment file.',
    maps: { mcpTop10: [1], safeMcp: ['M-16', 'M-63'] },
    audit: ['static', 'config', 'probe', 'evidence'],
    sources: splitSources("OG\u00a76; OG-MB5.2; T10-01; CS Don'ts; COSAI L2; BL-secrets; SLOW"),
  },
  {
    id: 'SEC-02',
    tier: 'minimum-bar',
    minimumBar: ['5.2'],
    title: 'Secrets stay away from the model',
    need: "A secret's value is added only at the outbound edge and cannot turn up in arguments, results, prompts, errors, logs, traces or request state.",
    maps: { mcpTop10: [1, 10], safeMcp: ['M-63', 'M-1'] },
    audit: ['static', 'probe', 'config'],
    sources: splitSources('OG\u00a76; OG-MB5.2; AISVS 9.5.4; T10-01'),
  },
  {
    id: 'SEC-03',
    tier: 'core',
    minimumBar: [],
    title: 'Secrets rotate and can be revoked',
    need: 'Each secret and signing key has an owner, a maximum age and a rotation that needs no restart, and a rehearsed leak is revoked in time.',
    maps: { mcpTop10: [1], safeMcp: ['M-37(file)'] },
    audit: ['config', 'evidence', 'probe'],
    sources: splitSources('BL-secrets (rotate on schedule); T10-01; COSAI L3; SM-37 file; SLOW'),
  },
  {
    id: 'SEC-04',
    tier: 'core',
    minimumBar: [],
    title: 'No shared credentials',
    need: 'Every environment, server, tenant and upstream has credentials and trust roots of its own.',
    maps: { mcpTop10: [1, 2], safeMcp: ['M-16'] },
    audit: ['config', 'evidence'],
    sources: splitSources('BL-secrets; T10-07 env-specific; CS\u00a71 never share; OT'),
  },
  {
    id: 'SEC-05',
    tier: 'core',
    minimumBar: [],
    title: 'Tokens are stored and carried safely',
    need: 'Long-lived tokens are encrypted, tied to their principal and kept no longer than needed, access tokens are not stored, and none travels in a URL or a log.',
    maps: { mcpTop10: [1, 8], safeMcp: ['M-16', 'M-37(file)', 'M-12'] },
    audit: ['static', 'config', 'probe', 'evidence'],
    sources: splitSources(
      'SP:auth-sec MUST secure storage; AISVS 10.2.3; CS\u00a76 OS keychain; COSAI L3/L4; SP:auth refresh MUST; SP:auth MUST NOT query; SP:auth-tutorial pitfalls; SP:logging MUST NOT; CSA sessions in URLs',
    ),
  },
];
