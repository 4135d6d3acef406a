import type { ClientServer } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<ClientServer> = fileRule(
  {
    id: 'automatic-approval',
    title: 'No server may use all of its tools without asking',
    failure: 'A server may use tools without asking',
    severity: 'medium',
    confidence: 'high',
    controls: ['AUZ-07', 'AUZ-08'],
    method: 'config',
    remedy: 'Take the list away, or leave only tools that read nothing private and change nothing.',
    references: ['OWASP MCP Security Cheat Sheet, section 10', 'OWASP MCP Top 10 MCP02'],
  },
  ({ servers }) => servers,
  ({ file, name, approves }) =>
    approves
      .filter(({ value }) => value === '*' || DOES.test(value))
      .map((each) => ({
        message:
          each.value === '*'
            ? `"${name}" may use every tool without asking`
            : `"${name}" may use "${each.value.slice(0, 64)}" without asking`,
        place: placeIn(file, each),
        ...(each.value === '*' ? { severity: 'high' as const } : { confidence: 'low' as const }),
      })),
);

/** Names of tools that change something. */
const DOES =
  /^(?:\w+[_-])?(?:delete|remove|drop|write|edit|create|update|move|rename|exec|execute|run|shell|bash|send|post|push|merge|deploy|install|kill|transfer|pay)(?:[_-]|$)/i;
