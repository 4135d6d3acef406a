import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { SystemdUnit } from '../../gather/systemd.ts';

/** See `meta`. */
export const rule: FileRule<SystemdUnit> = fileRule(
  {
    id: 'unit-secret',
    title: 'No credential stands in a service of systemd',
    failure: 'A credential stands in a service of systemd',
    severity: 'critical',
    confidence: 'medium',
    controls: ['SEC-01'],
    method: 'config',
    remedy:
      'Use LoadCredential= or LoadCredentialEncrypted=: every user of the machine reads units and the environment in them. Change the one that stood here.',
    references: ['systemd.exec(5), Environment= and LoadCredential=', 'OWASP MCP Top 10 MCP01'],
  },
  ({ units }) => units,
  ({ file, name, env, secretArgs }) => [
    ...env.flatMap((each) =>
      each.secret === undefined
        ? []
        : [
            {
              message: `"${name}" has ${each.secret} in its environment`,
              place: placeIn(file, each),
              evidence: each.name,
            },
          ],
    ),
    ...secretArgs.map((each) => ({
      message: `"${name}" is started with ${each.secret ?? 'a secret'} among its arguments`,
      place: placeIn(file, each),
      evidence: each.name,
    })),
  ],
);
