import { choice, flag, list, number, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'log-retention',
  title: 'Logs are kept where the writer cannot delete them, for long enough, and few read them',
  failure: 'Logs can be deleted by who writes them, or are not kept long enough',
  severity: 'medium',
  controls: ['LOG-03'],
  remedy:
    'Ship logs to a store with an object lock, with credentials that can only add; let two people agree to delete, and record who reads.',
  references: ['NIST SP 800-92 section 5', 'OWASP Logging Cheat Sheet'],
  freshDays: 183,
  fields: {
    stores: list('each place where logs are kept', {
      name: text('which'),
      retentionDays: number('how long'),
      requiredDays: number('how long they have to be kept'),
      objectLock: choice('whether what was written can be changed', ['compliance', 'governance', 'none']),
      writerMayDelete: flag('whether the credentials of the writer can delete'),
      readers: texts('who may read'),
      readsRecorded: flag('whether reading is recorded'),
      deletionNeeds: number('people who have to agree to delete'),
    }),
  },
  problems: ({ stores }) =>
    stores.flatMap((each, at) => {
      const path = ['stores', at];
      return [
        ...(each.retentionDays < each.requiredDays
          ? [
              {
                path,
                message: `${each.name} keeps logs for ${each.retentionDays} days; ${each.requiredDays} are required`,
              },
            ]
          : []),
        ...(each.writerMayDelete
          ? [{ path, message: `who writes to ${each.name} can delete from it`, severity: 'high' as const }]
          : []),
        ...(each.objectLock === 'none' ? [{ path, message: `what was written to ${each.name} can be changed` }] : []),
        ...(each.deletionNeeds < 2 ? [{ path, message: `one person alone can delete from ${each.name}` }] : []),
        ...(each.readsRecorded
          ? []
          : [{ path, message: `nobody knows who reads ${each.name}`, severity: 'low' as const }]),
        ...(each.readers.some((reader) => /^(?:\*|all|everyone|public|allusers)$/i.test(reader))
          ? [{ path: [...path, 'readers'], message: `everyone may read ${each.name}`, severity: 'high' as const }]
          : []),
      ];
    }),
});
