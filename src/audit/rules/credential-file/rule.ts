import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { CredentialFile } from '../../gather/credential-files.ts';

/** See `meta`. */
export const rule: FileRule<CredentialFile> = fileRule(
  {
    id: 'credential-file',
    title: 'No file of credentials is handed on with a project',
    failure: 'A file of credentials is handed on with a project',
    severity: 'critical',
    confidence: 'medium',
    controls: ['SEC-01'],
    method: 'static',
    remedy:
      'Take it out of the project and its history, change what stood in it, and let npm read ${NPM_TOKEN} and programs a secret manager.',
    references: ['OWASP MCP Top 10 MCP01', 'OWASP Secrets Management Cheat Sheet'],
  },
  ({ credentials }) => credentials,
  ({ file, form, isTracked, secrets }) => {
    // What git does not keep stays on this machine.
    if (isTracked === false) return [];
    return secrets.map((each) => ({
      message:
        isTracked === true
          ? `git keeps ${each.secret ?? 'a secret'} in it`
          : `it holds ${each.secret ?? 'a secret'}, and lies in the project`,
      place: placeIn(file, each),
      evidence: each.name,
      // A plain file of an environment that nobody may ever hand on.
      ...(isTracked === true || form !== 'env'
        ? { confidence: 'high' as const }
        : { severity: 'high' as const, confidence: 'medium' as const }),
    }));
  },
);
