import { concluded, either, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { choice, list, text } from '../../evidence/fields.ts';
import { recordRule, type RecordKind, type RecordRule, type RecordsGathered } from '../../evidence/record-rule.ts';
import type { BomFacts, LockedPackages } from '../../evidence/bom.ts';

interface Bills extends RecordsGathered {
  readonly boms: readonly BomFacts[];
  readonly locked?: LockedPackages;
}

const MOST_NAMED = 5;

const base: RecordRule = recordRule({
  id: 'bill-of-materials',
  title:
    'The signed bill of materials lists what the lockfile installs, and the models, prompts and detectors beside it',
  failure: 'The bill of materials is not of what is installed',
  severity: 'medium',
  controls: ['SUP-03'],
  remedy:
    'Make the bill with each build (npm sbom), put it beside the records, name it with its SHA-256 under files, list tools, prompts, models and detectors, and sign the record.',
  references: ['CycloneDX 1.6', 'SPDX 2.3', 'SLSA v1.0, provenance'],
  freshDays: 92,
  isSigned: true,
  fields: {
    artifact: text('what was built: sha256:...'),
    commit: text('from which commit'),
    provenance: text('attestation of the build that was verified, or: none'),
    ai: list(
      'what of it a model reads or is',
      {
        type: choice('of which kind', ['tool', 'prompt', 'model', 'detector']),
        name: text('which'),
        version: text('version or digest'),
      },
      0,
    ),
  },
  problems: ({ artifact, provenance }) => [
    ...(/^sha256:[0-9a-f]{64}$/.test(artifact)
      ? []
      : [{ path: ['artifact'], message: 'what was built is not named by its digest' }]),
    ...(/^none$/i.test(provenance)
      ? [{ path: ['provenance'], message: 'nothing attests where the build comes from' }]
      : []),
  ],
});

/** See `meta`. */
export const rule: EvidenceRule<Bills> & { readonly record: RecordKind } = {
  ...base,
  gather(subject) {
    const { boms, locked } = subject;
    const own = base.gather(subject);
    return own === undefined ? undefined : { ...own, boms, ...(locked === undefined ? {} : { locked }) };
  },
  judge({ at, records, boms, locked }) {
    const hits = locked === undefined ? [] : boms.flatMap((bom) => differences(bom, locked));
    const unclear = [
      ...(boms.length === 0 ? ['there is no bill of materials (CycloneDX or SPDX 2 in JSON) among the records'] : []),
      ...(locked === undefined ? ['there is no package-lock.json beside the target to compare a bill with'] : []),
    ];
    const bills = concluded(hits, unclear, `${boms.length} bills list what the lockfile installs`);
    const signed = base.judge({ at, records });
    return bills.status === 'unknown' && signed.status === 'pass'
      ? bills
      : either(bills.status === 'pass' ? signed : bills, signed);
  },
};

/** INVARIANT: both ways; what is installed and not listed is what a bill is for. */
function differences({ file, packages }: BomFacts, { needed, all }: LockedPackages) {
  const [listed, installed] = [new Set(packages), new Set(all)];
  const named = (names: readonly string[]): string =>
    names.slice(0, MOST_NAMED).join(', ') + (names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '');
  const absent = needed.filter((each) => !listed.has(each));
  const other = packages.filter((each) => !installed.has(each));
  const place = { file, line: 1, column: 1 };
  return [
    ...(absent.length > 0
      ? [{ message: 'the lockfile installs what the bill does not list', place, evidence: named(absent) }]
      : []),
    ...(other.length > 0
      ? [{ message: 'the bill lists what the lockfile does not install', place, evidence: named(other) }]
      : []),
  ];
}
