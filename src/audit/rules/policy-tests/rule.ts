import { list, number, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'policy-tests',
  title: 'The policy is tested for each tool, allowed and denied',
  failure: 'A tool has no test of its policy, or one that fails',
  severity: 'medium',
  controls: ['AUZ-03'],
  remedy:
    'Write for each tool a case that must be allowed and one that must be denied, and run them whenever the policy changes.',
  references: ['OWASP Secure MCP Server Development, section 5', 'OWASP API1:2023'],
  freshDays: 92,
  fields: {
    digest: text('digest of the policy that was tested'),
    tools: list('each tool', {
      name: text('its name'),
      allowed: number('cases in which it must be allowed'),
      denied: number('cases in which it must be denied'),
      failed: number('cases that failed'),
    }),
  },
  problems: ({ tools }) =>
    tools.flatMap(({ name, allowed, denied, failed }, at) => [
      ...(failed > 0
        ? [{ path: ['tools', at, 'failed'], message: `${failed} cases of ${name} failed`, severity: 'high' as const }]
        : []),
      ...(allowed === 0
        ? [{ path: ['tools', at, 'allowed'], message: `nothing tests that ${name} is allowed to anyone` }]
        : []),
      ...(denied === 0
        ? [{ path: ['tools', at, 'denied'], message: `nothing tests that ${name} is denied to anyone` }]
        : []),
    ]),
});
