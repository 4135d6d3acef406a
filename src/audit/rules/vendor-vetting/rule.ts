import { choice, day, flag, list, number, readDay, text, texts } from '../../evidence/fields.ts';
import { concluded, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { DAY, recordRule, type RecordKind, type RecordRule, type RecordsGathered } from '../../evidence/record-rule.ts';
import type { VettingFacts } from '../../evidence/subject.ts';

interface Vettings extends RecordsGathered {
  readonly vettings: readonly VettingFacts[];
}

const FRESH_DAYS = 366;

const base: RecordRule = recordRule({
  id: 'vendor-vetting',
  title: 'Each server of a third party was looked at before it was admitted',
  failure: 'A server of a third party was admitted unseen, or against what was seen',
  severity: 'high',
  controls: ['SUP-05'],
  remedy:
    'Look at source, publisher, upkeep, name, install scripts and egress of each, decide, and look again within the year. portcullis gateway vet does it for packages.',
  references: ['OWASP Practical Guide for Securely Using Third-Party MCP Servers', 'OpenSSF Scorecard'],
  freshDays: FRESH_DAYS,
  fields: {
    vendors: list('each server or service of somebody else', {
      name: text('package, image or URL with its version'),
      publisher: text('who publishes it, and how that is known'),
      source: text('repository and commit, or: closed'),
      lastRelease: day('of it'),
      scorecard: number('OpenSSF Scorecard, 0 to 10; 0 where there is none'),
      installScripts: flag('whether it runs code when it is installed'),
      egress: texts('hosts that it talks to'),
      checked: day('when it was looked at'),
      decision: choice('what was decided', ['admit', 'admit sandboxed', 'refuse']),
      decidedBy: text('by whom'),
      inUse: flag('whether it is in use'),
    }),
  },
  problems: ({ vendors }, at) =>
    vendors.flatMap(({ name, installScripts, checked, decision, inUse }, index) => {
      const path = ['vendors', index];
      return [
        ...(decision === 'refuse' && inUse ? [{ path, message: `${name} was refused, and is in use` }] : []),
        ...(inUse && at - checked > 366 * DAY
          ? [{ path: [...path, 'checked'], message: `nobody has looked at ${name} for more than a year` }]
          : []),
        ...(installScripts && decision === 'admit'
          ? [
              {
                path: [...path, 'installScripts'],
                message: `${name} runs code when it is installed, and was admitted without a sandbox`,
              },
            ]
          : []),
      ];
    }),
});

/** See `meta`. */
export const rule: EvidenceRule<Vettings> & { readonly record: RecordKind } = {
  ...base,
  gather(subject) {
    const own = base.gather(subject);
    return own === undefined ? undefined : { ...own, vettings: subject.vettings };
  },
  judge({ at, records, vettings }) {
    if (records.length > 0 || vettings.length === 0) return base.judge({ at, records });
    const now = Date.parse(at);
    const hits = vettings.flatMap((each) => {
      const days = Math.floor((now - (readDay(each.at) ?? 0)) / DAY);
      if (days <= FRESH_DAYS) return [];
      const message = `nobody has looked at ${each.source} for more than a year`;
      return [{ message, place: { file: each.file, line: 1, column: 1 } }];
    });
    // What failed may have been waived in the configuration, which is no record of this folder.
    const unclear = vettings
      .filter(({ failed, unknown }) => failed.length + unknown.length > 0)
      .map(
        ({ source, failed, unknown }) => `${source} was admitted with ${[...failed, ...unknown].join(', ')} not passed`,
      );
    return concluded(hits, unclear, `${vettings.length} packages were looked at before they were admitted`);
  },
};
