import type { ArchiveFault } from '../../package/archive.ts';
import { packageRule, type PackageRule } from '../../package/subject.ts';

interface Archive {
  readonly faults: readonly ArchiveFault[];
}

/** See `meta`. */
export const rule: PackageRule<Archive> = packageRule(
  {
    id: 'package-archive',
    title: 'The archive of the package holds plain files and nothing else',
    failure: 'The archive of the package holds what nobody packs by accident',
    severity: 'high',
    confidence: 'high',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Do not install it. Npm packs neither links nor paths that lead out of a package.',
    references: ['CWE-22', 'CWE-59', 'CWE-409'],
  },
  ({ faults }) => ({ faults }),
  ({ faults }) =>
    faults.map(({ name, kind, why }) => ({
      message: why,
      place: { file: name, line: 1, column: 1 },
      evidence: kind,
      // It does no harm where it is only read.
      ...(kind === 'twice' ? { severity: 'medium' as const } : {}),
    })),
);
