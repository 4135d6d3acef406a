import { flag, list, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'vault-policy',
  title: 'The vault gives each server the secrets that it needs, and records who asks',
  failure: 'The vault gives a server more than its secrets, or records nothing',
  severity: 'high',
  controls: ['SEC-01'],
  remedy:
    'Export the policies of the vault. Let each identity read the paths of its own secrets only, and switch on the log of the vault.',
  references: ['OWASP Secrets Management Cheat Sheet', 'OWASP MCP minimum bar 5.2'],
  freshDays: 183,
  fields: {
    vault: text('which'),
    auditLog: flag('whether the vault records who reads what'),
    policies: list('what each identity may do', {
      identity: text('who'),
      paths: texts('paths of secrets'),
      capabilities: texts('such as read'),
    }),
  },
  problems: ({ vault, auditLog, policies }) => [
    ...(auditLog ? [] : [{ path: ['auditLog'], message: `${vault} does not record who reads what` }]),
    ...policies.flatMap(({ identity, paths, capabilities }, at) => [
      ...paths
        .filter((each) => /^\/?[*+#]/.test(each) || /^(?:secret|kv)\/(?:data\/)?\*$/.test(each))
        .map((each) => ({ path: ['policies', at, 'paths'], message: `${identity} may reach every secret: ${each}` })),
      ...capabilities
        .filter((each) => /^(?:sudo|root|\*|delete|create|update|patch)$/i.test(each))
        .map((each) => ({
          path: ['policies', at, 'capabilities'],
          message: `${identity} may ${each} secrets, where a server only reads`,
        })),
    ]),
  ],
});
