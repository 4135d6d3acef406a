import type { PublishedFacts } from '../../package/registry.ts';
import { factsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: PackageRule<PublishedFacts> = packageRule(
  {
    id: 'package-publisher',
    title: 'The package comes from whom it came from before',
    failure: 'The package comes from somebody else than before',
    severity: 'medium',
    confidence: 'low',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Look who it is, and whether those who kept the package until now say so.',
    references: ['OWASP MCP Top 10 MCP04', 'npm, package metadata'],
  },
  (subject) => {
    const facts = factsOf(subject);
    if (typeof facts === 'string') return facts;
    return facts.publisher === undefined ? 'the registry does not say who published it' : facts;
  },
  ({ publisher = '', maintainers, before }) => {
    const hits: Hit[] = [];
    const isRobot = /^(?:GitHub Actions|GitLab CI\/CD|npm-oidc-no-reply)/i.test(publisher);
    if (before?.publisher !== undefined && before.publisher !== publisher && !isRobot)
      hits.push({
        message: `${before.version} was published by ${before.publisher}, and this by ${publisher}`,
        place: MANIFEST,
        evidence: publisher,
        // One of several who keep it anyway.
        ...(maintainers.includes(publisher) ? { severity: 'low' as const } : {}),
      });
    if (maintainers.length > 0 && !maintainers.includes(publisher) && !isRobot)
      hits.push({
        message: `${publisher}, who published it, does not keep it any more`,
        place: MANIFEST,
        evidence: publisher,
        severity: 'low',
      });
    return hits;
  },
);
