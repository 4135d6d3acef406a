import { contentsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';
import { misspelt, resembles } from '../../../text/known-names.ts';

interface Named {
  readonly name: string;
}

/** See `meta`. */
export const rule: PackageRule<Named> = packageRule(
  {
    id: 'package-name',
    title: 'The package is named like no known one',
    failure: 'The package could be taken for a known one',
    severity: 'medium',
    confidence: 'low',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Look whether it is the one that you meant, and who publishes it.',
    references: ['OWASP MCP Top 10 MCP04', 'CWE-1357'],
  },
  (subject) => {
    const contents = contentsOf(subject);
    return typeof contents === 'string' ? contents : { name: contents.name };
  },
  ({ name }) => {
    const near = misspelt(name);
    if (near !== undefined) return [{ message: `it is one letter from "${near}"`, place: MANIFEST, evidence: name }];
    const like = resembles(name);
    if (like?.why !== 'scope') return [];
    return [
      {
        message: `it is called as "${like.name}" is, by somebody else`,
        place: MANIFEST,
        evidence: name,
        severity: 'low',
      },
    ];
  },
);
