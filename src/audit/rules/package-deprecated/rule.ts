import type { PublishedFacts } from '../../package/registry.ts';
import { factsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';

/** See `meta`. */
export const rule: PackageRule<PublishedFacts> = packageRule(
  {
    id: 'package-deprecated',
    title: 'The version is kept up',
    failure: 'The version is deprecated',
    severity: 'medium',
    confidence: 'high',
    controls: ['SUP-05', 'DEP-05'],
    method: 'static',
    remedy: 'Take what its maintainers name in its place: nobody mends this one.',
    references: ['npm deprecate', 'OWASP Secure MCP Server Development, section 8'],
  },
  factsOf,
  ({ deprecated }) =>
    deprecated === undefined
      ? []
      : [
          {
            message: 'those who keep it say that it is to be used no more',
            place: MANIFEST,
            evidence: deprecated.slice(0, 200),
          },
        ],
);
