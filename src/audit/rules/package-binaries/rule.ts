import type { Contents } from '../../package/contents.ts';
import { contentsOf, packageRule, type PackageRule } from '../../package/subject.ts';

/** See `meta`. */
export const rule: PackageRule<Pick<Contents, 'binaries'>> = packageRule(
  {
    id: 'package-binaries',
    title: 'The package holds nothing that is compiled',
    failure: 'The package holds compiled programs',
    severity: 'low',
    confidence: 'high',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Build them yourself from the source that they are said to come from, or run the server in a sandbox.',
    references: ['OpenSSF Scorecard, Binary-Artifacts'],
  },
  (subject) => {
    const contents = contentsOf(subject);
    return typeof contents === 'string' ? contents : { binaries: contents.binaries };
  },
  ({ binaries }) => {
    const [first] = binaries;
    if (first === undefined) return [];
    const names = binaries.slice(0, 8).map(({ file }) => file);
    return [
      {
        message: `${binaries.length} of its files cannot be read: ${first.form}`,
        place: { file: first.file, line: 1, column: 1 },
        evidence: names.join(', ').slice(0, 300),
      },
    ];
  },
);
