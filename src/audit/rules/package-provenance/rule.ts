import type { PublishedFacts } from '../../package/registry.ts';
import { factsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';

/** See `meta`. */
export const rule: PackageRule<PublishedFacts> = packageRule(
  {
    id: 'package-provenance',
    title: 'The registry has an attestation of what the package was built from',
    failure: 'Nothing says what the package was built from',
    severity: 'low',
    confidence: 'high',
    controls: ['SUP-03', 'SUP-05'],
    method: 'static',
    remedy: 'Compare it with its repository before it is admitted, or ask its maintainers to publish with provenance.',
    references: ['npm, Provenance statements', 'SLSA v1.0'],
  },
  (subject) => {
    const facts = factsOf(subject);
    if (typeof facts === 'string') return facts;
    return facts.hasSignatures ? facts : 'the registry tells neither signatures nor attestations';
  },
  ({ provenance, before }) => {
    if (provenance !== undefined) return [];
    if (before?.provenance === undefined) return [{ message: 'it has no attestation of provenance', place: MANIFEST }];
    // Whoever took the account over does not have the workflow.
    return [
      {
        message: `${before.version}, which came before it, has an attestation of provenance, and it has none`,
        place: MANIFEST,
        evidence: before.version,
        severity: 'high',
      },
    ];
  },
);
