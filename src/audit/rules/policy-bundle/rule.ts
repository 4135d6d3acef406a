import { list, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'policy-bundle',
  title: 'The policy that is in force is written down with its digest',
  failure: 'The policy that is in force is not the one that was written down',
  severity: 'medium',
  controls: ['AUZ-01'],
  remedy:
    'Write down version and files of the policy with their SHA-256 when it is put in force; write it again with each change.',
  references: ['OWASP Secure MCP Server Development, section 5', 'NIST SP 800-207 section 3'],
  freshDays: 366,
  fields: {
    version: text('version of the policy'),
    engine: text('what decides by it'),
    environments: list('where it is in force', {
      name: text('such as production'),
      digest: text('digest of what runs there'),
    }),
    digest: text('digest of the bundle that was approved'),
  },
  problems: ({ environments, digest }) =>
    environments
      .map((each, at) => ({ ...each, at }))
      .filter((each) => each.digest !== digest)
      .map(({ name, at }) => ({
        path: ['environments', at, 'digest'],
        message: `what is in force in ${name} is not the policy that was approved`,
      })),
});
