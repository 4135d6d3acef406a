import type { ClientServer } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { readLaunch } from '../../launch-line.ts';

/** See `meta`. */
export const rule: FileRule<ClientServer> = fileRule(
  {
    id: 'floating-server-version',
    title: 'Each server is started at an exact version',
    failure: 'A server is started at whatever version is newest',
    severity: 'high',
    confidence: 'high',
    controls: ['TDS-04', 'SUP-01'],
    method: 'config',
    remedy:
      'Write the exact version, such as name@1.2.3, or the digest of the image. Then nobody who takes over the package runs code here the next time it starts.',
    references: ['OWASP MCP Top 10 MCP04', 'OWASP Secure MCP Server Development, section 7'],
  },
  ({ servers }) => servers.filter(({ command }) => command !== undefined),
  ({ file, name, command, args }) => {
    if (command === undefined) return [];
    const { by, reference, isExact } = readLaunch(
      command.value,
      args.map(({ value }) => value),
    );
    if (reference === undefined || isExact === true) return [];
    const at = args.find(({ value }) => value === reference || value.endsWith(`=${reference}`)) ?? command;
    const what = by === 'container' ? 'an image without a digest' : 'a package without an exact version';
    return [{ message: `"${name}" starts ${what}`, place: placeIn(file, at), evidence: reference }];
  },
);
