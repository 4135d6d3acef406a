import type { CodeSign } from '../../package/code-signs.ts';
import { contentsOf, packageRule, type PackageRule } from '../../package/subject.ts';

interface Reaching {
  readonly signs: readonly CodeSign[];
}

/** A library that speaks to one of these places reads its own credentials; hardly any needs those of three. */
const MANY = 3;

/** See `meta`. */
export const rule: PackageRule<Reaching> = packageRule(
  {
    id: 'package-credentials',
    title: 'The code of the package names no place where people keep credentials',
    failure: 'The code of the package names places where people keep credentials',
    severity: 'low',
    confidence: 'low',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Read what it does there, and run the server in a sandbox that cannot see your home directory.',
    references: ['OWASP MCP Top 10 MCP04', 'CWE-506'],
  },
  (subject) => {
    const contents = contentsOf(subject);
    return typeof contents === 'string'
      ? contents
      : { signs: contents.signs.filter(({ kind }) => kind === 'credentials') };
  },
  ({ signs }) => {
    const kinds = new Map(signs.map((each) => [each.what, each]));
    return [...kinds.values()].map(({ file, line, what }) => ({
      message: `it names where ${what} are kept${kinds.size >= MANY ? `, beside ${kinds.size - 1} other kinds` : ''}`,
      place: { file, line, column: 1 },
      evidence: what,
      ...(kinds.size >= MANY ? { severity: 'high' as const, confidence: 'medium' as const } : {}),
    }));
  },
);
