import { concluded, evidenceRule, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import type { HeldSecret } from '../../evidence/subject.ts';

interface Secrets {
  readonly files: number;
  readonly secrets: readonly HeldSecret[];
}

/** See `meta`. */
export const rule: EvidenceRule<Secrets> = evidenceRule(
  {
    id: 'secret-in-records',
    title: 'No record holds a secret',
    failure: 'A record holds a secret',
    severity: 'critical',
    controls: ['SEC-05'],
    remedy: 'Revoke the secret, then name it in the record by its id and never by its value.',
    references: ['OWASP MCP Top 10 MCP01', 'OWASP Secrets Management Cheat Sheet'],
  },
  ({ files, secrets }) => (files.length === 0 ? undefined : { files: files.length, secrets }),
  ({ files, secrets }) =>
    concluded(
      secrets.map(({ file, line, column, secret }) => ({
        message: 'a secret stands in a record',
        place: { file, line, column },
        evidence: secret,
      })),
      [],
      `no secret in ${files} files`,
    ),
);
