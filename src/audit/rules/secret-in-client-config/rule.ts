import type { ClientServer } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<ClientServer> = fileRule(
  {
    id: 'secret-in-client-config',
    title: 'No credential stands in the configuration of a client',
    failure: 'A credential stands in the configuration of a client',
    severity: 'high',
    confidence: 'medium',
    controls: ['SEC-01', 'SEC-05'],
    method: 'config',
    remedy: 'Keep it in a vault or a file of its own, and name it here as a reference. Change the one that stood here.',
    references: ['OWASP MCP Top 10 MCP01', 'OWASP Secure MCP Server Development, section 5'],
  },
  ({ servers }) => servers,
  ({ file, name, env, headers, args }) => [
    ...[...env, ...headers].flatMap((each) =>
      each.secret === undefined
        ? []
        : [
            {
              message: `"${name}" has ${each.secret} in ${each.name}`,
              place: placeIn(file, each),
              evidence: each.name,
            },
          ],
    ),
    ...args.flatMap((each) =>
      each.secret === undefined
        ? []
        : [
            {
              message: `"${name}" has ${each.secret} among its arguments, which every process of the machine can see`,
              place: placeIn(file, each),
            },
          ],
    ),
  ],
);
