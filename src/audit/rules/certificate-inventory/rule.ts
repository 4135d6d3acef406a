import { concluded, either, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { day, list, text } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordKind, type RecordRule, type RecordsGathered } from '../../evidence/record-rule.ts';
import type { CertificateFacts } from '../../evidence/subject.ts';

interface Certificates extends RecordsGathered {
  readonly certificates: readonly CertificateFacts[];
}

/** A week is what renewing by hand takes. */
const SOON = 7 * DAY;

const base: RecordRule = recordRule({
  id: 'certificate-inventory',
  title: 'Every certificate of a fixed link is known, and none has ended',
  failure: 'A certificate of a fixed link has ended, or ends within a week',
  severity: 'high',
  controls: ['ARC-04'],
  remedy:
    'List the certificates and pinned keys of both ends with owner and end, or put the certificates (PEM, without keys) beside the records. Renew by a job.',
  references: ['NIST SP 1800-16', 'OWASP Secure MCP Server Development, section 1'],
  freshDays: 92,
  fields: {
    certificates: list('each certificate or pinned key', {
      name: text('subject or name'),
      link: text('between which ends'),
      owner: text('who renews it'),
      expires: day('when it ends'),
    }),
  },
  problems: ({ certificates }, at) =>
    certificates.flatMap(({ name, expires }, index) =>
      expires - at < SOON
        ? [{ path: ['certificates', index, 'expires'], message: `${name} ${ended(expires, at)}` }]
        : [],
    ),
});

/** See `meta`. */
export const rule: EvidenceRule<Certificates> & { readonly record: RecordKind } = {
  ...base,
  gather(subject) {
    const own = base.gather(subject);
    return own === undefined ? undefined : { ...own, certificates: subject.certificates };
  },
  judge({ at, records, certificates }) {
    const told = base.judge({ at, records });
    if (certificates.length === 0) return told;
    const now = Date.parse(at);
    const hits = certificates
      .filter(({ notAfter }) => Date.parse(notAfter) - now < SOON)
      .map(({ file, subject, notAfter }) => ({
        message: `${subject} ${ended(Date.parse(notAfter), now)}`,
        place: { file, line: 1, column: 1 },
      }));
    const files = concluded(hits, [], `${certificates.length} certificates are good for more than a week`);
    // A record that is there and cannot be read is not made good by the certificates beside it.
    return records.length === 0 ? files : either(told, told.status === 'unknown' && hits.length === 0 ? told : files);
  },
};

function ended(expires: number, at: number): string {
  const on = new Date(expires).toISOString().slice(0, 10);
  return expires < at ? `ended on ${on}` : `ends on ${on}`;
}
