import type { ClientServer } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { readLaunch } from '../../launch-line.ts';

/** See `meta`. */
export const rule: FileRule<ClientServer> = fileRule(
  {
    id: 'shell-launch',
    title: 'No server is started by a line of a shell',
    failure: 'A server is started by a line of a shell',
    severity: 'high',
    confidence: 'high',
    controls: ['GOV-05', 'VAL-05'],
    method: 'config',
    remedy:
      'Name the program and its arguments one by one. A line of a shell hides what is run, and can fetch anything.',
    references: ['OWASP MCP Security Cheat Sheet, section 11', 'OWASP MCP Top 10 MCP05'],
  },
  ({ servers }) => servers.filter(({ command }) => command !== undefined),
  ({ file, name, command, args }) => {
    if (command === undefined) return [];
    const words = args.map(({ value }) => value);
    if (readLaunch(command.value, words).by !== 'shell') return [];
    const line = [command.value, ...words].join(' ');
    const fetches = /\b(?:curl|wget|iwr|Invoke-WebRequest)\b[^]*[|;&]/i.test(line);
    return [
      {
        message: fetches ? `"${name}" fetches something and runs it` : `"${name}" is started by a shell`,
        place: placeIn(file, command),
        evidence: command.value.slice(0, 200),
        ...(fetches ? { severity: 'critical' as const } : {}),
      },
    ];
  },
);
