import type { Contents } from '../../package/contents.ts';
import { contentsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: PackageRule<Pick<Contents, 'signs' | 'code'>> = packageRule(
  {
    id: 'package-opaque',
    title: 'The code of the package can be read',
    failure: 'The code of the package cannot be read',
    severity: 'high',
    confidence: 'medium',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Do not run what hides what it does. Of code that was only made smaller, ask for the source and build it.',
    references: ['OWASP MCP Top 10 MCP04', 'CWE-506', 'CWE-95'],
  },
  (subject) => {
    const contents = contentsOf(subject);
    return typeof contents === 'string' ? contents : { signs: contents.signs, code: contents.code };
  },
  ({ signs, code: { files, minified } }) => {
    const hits: Hit[] = signs
      .filter(({ kind }) => kind !== 'credentials')
      .map(({ file, line, kind, what }) => ({
        message: kind === 'loader' ? 'it runs code that stands there in disguise' : 'a program has made it unreadable',
        place: { file, line, column: 1 },
        evidence: what,
      }));
    if (files > 0 && minified === files)
      hits.push({
        message: `all of its ${files} files of code are minified`,
        place: MANIFEST,
        severity: 'low',
        confidence: 'high',
      });
    return hits;
  },
);
