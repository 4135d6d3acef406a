import { MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';

interface Digests {
  readonly told: string;
  readonly seen: string | undefined;
}

/** See `meta`. */
export const rule: PackageRule<Digests> = packageRule(
  {
    id: 'package-integrity',
    title: 'The archive is the one that its registry has the digest of',
    failure: 'The archive is not the one that its registry has the digest of',
    severity: 'critical',
    confidence: 'high',
    controls: ['SUP-01', 'SUP-05'],
    method: 'static',
    remedy: 'Do not install it. Look at the mirror that it came from.',
    references: ['W3C, Subresource Integrity', 'npm, package metadata: dist.integrity'],
  },
  ({ facts, integrity }) => {
    if (facts === undefined) return 'it is an archive, and no registry was asked about it';
    return facts.integrity === undefined ? 'the registry tells no digest' : { told: facts.integrity, seen: integrity };
  },
  ({ told, seen }) => {
    // A registry may have several, apart by a blank.
    if (seen !== undefined && told.split(/\s+/).includes(seen)) return [];
    return [{ message: 'its digest is another one', place: MANIFEST, evidence: told.slice(0, 60) }];
  },
);
