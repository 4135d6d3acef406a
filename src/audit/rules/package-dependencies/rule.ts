import type { Contents } from '../../package/contents.ts';
import { contentsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: PackageRule<Pick<Contents, 'dependencies' | 'bundled'>> = packageRule(
  {
    id: 'package-dependencies',
    title: 'The package takes versions of a registry',
    failure: 'The package takes whatever somebody else puts there',
    severity: 'low',
    confidence: 'high',
    controls: ['SUP-01', 'SUP-05'],
    method: 'static',
    remedy: 'Install it from a lockfile of your own, in which each of them has a version and a digest.',
    references: ['OWASP NPM Security Cheat Sheet', 'OWASP MCP Top 10 MCP04'],
  },
  (subject) => {
    const contents = contentsOf(subject);
    return typeof contents === 'string' ? contents : { dependencies: contents.dependencies, bundled: contents.bundled };
  },
  ({ dependencies, bundled }) => {
    const hits: Hit[] = [];
    for (const { name, range, from, isOpen, isExact } of dependencies) {
      const evidence = `${name} ${range}`.trim();
      if (isOpen) hits.push({ message: `"${name}" may be any version`, place: MANIFEST, evidence });
      else if ((from === 'git' || from === 'url') && !isExact)
        hits.push({ message: `"${name}" comes past the registry`, place: MANIFEST, evidence, severity: 'high' });
      else if (from === 'git')
        hits.push({ message: `"${name}" is built from a repository`, place: MANIFEST, evidence, severity: 'medium' });
    }
    if (bundled.length > 0)
      hits.push({
        message: `it brings ${bundled.length} packages along, which no lockfile and no scan sees`,
        place: MANIFEST,
        evidence: bundled.slice(0, 8).join(', '),
      });
    return hits;
  },
);
