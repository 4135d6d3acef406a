import { concluded, either, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { choice, list, number, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordKind, type RecordRule, type RecordsGathered } from '../../evidence/record-rule.ts';
import type { SignatureAudit } from '../../evidence/subject.ts';

interface Provenance extends RecordsGathered {
  readonly audits: readonly SignatureAudit[];
}

const base: RecordRule = recordRule({
  id: 'dependency-provenance',
  title: 'Signatures and provenance of what is installed were verified',
  failure: 'A dependency is not what its registry signed',
  severity: 'high',
  controls: ['SUP-01'],
  remedy:
    'Run npm audit signatures (or its like) after each install from the lockfile, and write down what came of it. Take out what does not verify.',
  references: ['npm documentation: Verifying registry signatures', 'SLSA v1.0, verifying artifacts'],
  freshDays: 31,
  fields: {
    tool: text('what verified, with version'),
    lockfile: text('SHA-256 of the lockfile that was installed from'),
    install: choice('how it was installed', ['frozen', 'not frozen']),
    verified: number('packages with a good signature'),
    attested: number('of which have provenance'),
    bad: texts('packages whose signature is wrong'),
    missing: texts('packages without a signature'),
    scripts: list('packages whose install scripts were run', { name: text('which'), reason: text('why') }, 0),
  },
  problems: ({ install, verified, bad, missing }) => [
    ...bad.map((name) => ({
      path: ['bad'],
      message: `the signature of ${name} is wrong`,
      severity: 'critical' as const,
    })),
    ...missing.map((name) => ({ path: ['missing'], message: `${name} has no signature`, severity: 'medium' as const })),
    ...(install === 'frozen' ? [] : [{ path: ['install'], message: 'it was not installed from the lockfile alone' }]),
    ...(verified === 0 ? [{ path: ['verified'], message: 'nothing was verified' }] : []),
  ],
});

/** See `meta`. */
export const rule: EvidenceRule<Provenance> & { readonly record: RecordKind } = {
  ...base,
  gather(subject) {
    const own = base.gather(subject);
    return own === undefined ? undefined : { ...own, audits: subject.signatureAudits };
  },
  judge({ at, records, audits }) {
    const hits = audits.flatMap(({ file, invalid, missing }) =>
      [
        ...invalid.map((name) => `the signature of ${name} is wrong`),
        ...missing.map((name) => `${name} has no signature`),
      ].map((message) => ({ message, place: { file, line: 1, column: 1 } })),
    );
    // What npm writes names no day: it can speak against, and not for.
    return either(concluded(hits, ['what npm audit signatures writes names no day'], ''), base.judge({ at, records }));
  },
};
