import type { ClientServer } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

const BROAD =
  /^(?:\/|~\/?|\$\{?HOME\}?\/?|\/home\/?|\/home\/[^/]+\/?|\/Users\/?|\/Users\/[^/]+\/?|\/root\/?|\/etc\/?|\/var\/?|[A-Za-z]:[\\/]*|[A-Za-z]:[\\/]Users[\\/]?(?:[^\\/]+[\\/]?)?)$/;

/** See `meta`. */
export const rule: FileRule<ClientServer> = fileRule(
  {
    id: 'broad-folder',
    title: 'Servers are given the folders that they need, and no more',
    failure: 'A server is given a whole home or disk',
    severity: 'medium',
    confidence: 'medium',
    controls: ['VAL-07', 'DEP-02'],
    method: 'config',
    remedy: 'Name the folder that it works on. In a home stand keys, tokens and the histories of shells.',
    references: ['OWASP Third-Party MCP Servers guide', 'OWASP MCP Top 10 MCP02'],
  },
  ({ servers }) => servers.filter(({ args }) => args.length > 0),
  ({ file, name, args }) =>
    args
      .filter(({ value }) => BROAD.test(value))
      .map((each) => ({
        message: `"${name}" is given a whole home or disk`,
        place: placeIn(file, each),
        evidence: each.value,
      })),
);
