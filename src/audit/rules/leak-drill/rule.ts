import { flag, list, number, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'leak-drill',
  title: 'What to do when a secret leaks was tried, and revokes in time',
  failure: 'Revoking a leaked secret was tried, and takes too long or does not work',
  severity: 'medium',
  controls: ['SEC-03'],
  remedy:
    'Pretend that a secret leaked: revoke it, put a new one in its place, and measure until the old one is refused everywhere.',
  references: ['OWASP Secrets Management Cheat Sheet, section 7', 'OWASP MCP Top 10 MCP01'],
  freshDays: 183,
  fields: {
    secrets: list('each secret that was revoked', {
      id: text('its name; never the value'),
      minutes: number('until the old one was refused'),
      targetMinutes: number('how long it may take'),
      oldRefused: flag('whether the old one was tried afterwards and refused'),
      withoutRestart: flag('whether services took the new one without a restart'),
    }),
  },
  problems: ({ secrets }) =>
    secrets.flatMap(({ id, minutes, targetMinutes, oldRefused, withoutRestart }, at) => [
      ...(minutes > targetMinutes
        ? [
            {
              path: ['secrets', at, 'minutes'],
              message: `revoking ${id} took ${minutes} minutes; ${targetMinutes} are allowed`,
            },
          ]
        : []),
      ...(oldRefused
        ? []
        : [
            {
              path: ['secrets', at],
              message: `the old value of ${id} was not seen to be refused`,
              severity: 'high' as const,
            },
          ]),
      ...(withoutRestart
        ? []
        : [{ path: ['secrets', at], message: `services had to be restarted for ${id}`, severity: 'low' as const }]),
    ]),
});
