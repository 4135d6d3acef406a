import { isAside } from '../../dependency-places.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { withoutOwn, type Manifest } from '../../gather/dependencies/manifests.ts';

/** See `meta`. */
export const rule: FileRule<Manifest> = fileRule(
  {
    id: 'dependency-range',
    title: 'Dependencies are asked for by a version',
    failure: 'A dependency may be any version',
    severity: 'low',
    confidence: 'high',
    controls: ['SUP-01', 'TDS-04'],
    method: 'static',
    remedy: 'Write the version, or a range within one major version. Of a repository, name the commit.',
    references: ['OWASP NPM Security Cheat Sheet', 'OWASP MCP Top 10 MCP04'],
  },
  ({ manifests }) =>
    withoutOwn(manifests).filter(({ file, dependencies }) => dependencies.length > 0 && !isAside(file)),
  ({ file, dependencies }) =>
    dependencies.flatMap((each) => {
      const { name, range, from, isOpen, isExact, isOfRuntime } = each;
      if (!isOfRuntime) return [];
      const place = placeIn(file, each);
      if (isOpen) return [{ message: `"${name}" may be any version`, place, evidence: `${name} ${range}`.trim() }];
      if ((from === 'git' || from === 'url') && !isExact)
        return [
          {
            message: `"${name}" is whatever ${from === 'git' ? 'a repository' : 'an address'} has`,
            place,
            evidence: range,
            severity: 'medium' as const,
          },
        ];
      return [];
    }),
);
