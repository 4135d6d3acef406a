import { isAside } from '../../dependency-places.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { withoutOwn, type Manifest } from '../../gather/dependencies/manifests.ts';
import { misspelt } from '../../../text/known-names.ts';

/** See `meta`. */
export const rule: FileRule<Manifest> = fileRule(
  {
    id: 'dependency-name',
    title: 'No dependency is named almost like a known one',
    failure: 'A dependency is named almost like a known one',
    severity: 'low',
    confidence: 'low',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Look whether it is the package that you meant, and who publishes it.',
    references: ['OWASP MCP Top 10 MCP04', 'CWE-1427'],
  },
  ({ manifests }) =>
    withoutOwn(manifests).filter(({ file, dependencies }) => dependencies.length > 0 && !isAside(file)),
  ({ file, dependencies }) =>
    dependencies.flatMap((each) => {
      const like = each.from === 'registry' ? misspelt(each.name) : undefined;
      if (like === undefined) return [];
      return [
        { message: `"${each.name}" is one letter from "${like}"`, place: placeIn(file, each), evidence: each.name },
      ];
    }),
);
