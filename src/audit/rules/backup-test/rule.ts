import { flag, list, number, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'backup-test',
  title: 'Bringing back state and logs from a backup was tried, and works',
  failure: 'Bringing back from a backup was tried, and does not work',
  severity: 'medium',
  controls: ['LOG-03'],
  remedy:
    'Bring back state and audit log to another machine, verify the log there (portcullis log verify), and measure.',
  references: ['NIST SP 800-34 revision 1'],
  freshDays: 183,
  isOptional: true,
  fields: {
    backups: list('each backup that was tried', {
      what: text('state, audit log, keys, configuration'),
      restored: flag('whether it was brought back whole'),
      verified: flag('whether what came back was verified'),
      minutes: number('how long it took'),
      targetMinutes: number('how long it may take'),
    }),
  },
  problems: ({ backups }) =>
    backups.flatMap(({ what, restored, verified, minutes, targetMinutes }, at) => [
      ...(restored
        ? []
        : [
            {
              path: ['backups', at, 'restored'],
              message: `${what} did not come back whole`,
              severity: 'high' as const,
            },
          ]),
      ...(verified
        ? []
        : [{ path: ['backups', at, 'verified'], message: `${what} was not verified when it came back` }]),
      ...(minutes > targetMinutes
        ? [
            {
              path: ['backups', at, 'minutes'],
              message: `bringing back ${what} took ${minutes} minutes; ${targetMinutes} are allowed`,
            },
          ]
        : []),
    ]),
});
