import { choice, flag, list, number, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'kill-switch-drill',
  title: 'Switching off was tried within 90 days, and works within seconds',
  failure: 'Switching off was tried, and does not work as it has to',
  severity: 'high',
  controls: ['RES-03'],
  remedy:
    'Switch off a tool, a server, a client and a principal in production or its twin, with calls in progress; note the seconds.',
  references: ['OWASP Secure MCP Server Development, section 8', 'OWASP AISVS C9'],
  freshDays: 90,
  fields: {
    environment: text('where'),
    switches: list('each switch that was thrown', {
      what: choice('what was switched off', ['tool', 'server', 'client', 'principal', 'everything']),
      seconds: number('until the first call was refused'),
      targetSeconds: number('how long it may take'),
      inFlightEnded: flag('whether calls in progress were ended'),
    }),
  },
  problems: ({ switches }) =>
    switches.flatMap(({ what, seconds, targetSeconds, inFlightEnded }, at) => [
      ...(seconds > targetSeconds
        ? [
            {
              path: ['switches', at, 'seconds'],
              message: `switching off a ${what} took ${seconds} s; ${targetSeconds} are allowed`,
            },
          ]
        : []),
      ...(inFlightEnded
        ? []
        : [{ path: ['switches', at], message: `calls in progress went on after a ${what} was switched off` }]),
    ]),
});
