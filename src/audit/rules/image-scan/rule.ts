import { day, flag, list, number, text, texts } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'image-scan',
  title: 'The image that runs was scanned, with fresh data, and holds nothing known to be bad',
  failure: 'The image that runs has known faults, or was not scanned with fresh data',
  severity: 'high',
  controls: ['DEP-01'],
  remedy: 'Scan the image by its digest on every build and every day; rebuild on a newer base when something is found.',
  references: ['OWASP Secure MCP Server Development, section 6', 'NIST SP 800-190 section 4.1'],
  freshDays: 31,
  fields: {
    image: text('image with its digest: name@sha256:...'),
    running: text('digest that runs: sha256:...'),
    tool: text('what scanned, with version'),
    dataDate: day('day of the data on vulnerabilities'),
    critical: number('open findings'),
    high: number('open findings'),
    hasShell: flag('whether the image holds a shell or build tools'),
    layers: list('its layers', { digest: text('sha256:...'), madeBy: text('the instruction') }),
    signals: texts('where denials and unexpected files, hosts and system calls are collected'),
  },
  problems: ({ image, running, dataDate, critical, high, hasShell, signals, date }) => [
    ...(/@sha256:[0-9a-f]{64}$/.test(image)
      ? []
      : [{ path: ['image'], message: 'the image is not named by its digest' }]),
    ...(image.endsWith(`@${running}`)
      ? []
      : [{ path: ['running'], message: 'what runs is not the image that was scanned' }]),
    ...(date - dataDate > 7 * DAY
      ? [{ path: ['dataDate'], message: 'the data on vulnerabilities was more than 7 days old' }]
      : []),
    ...(critical > 0
      ? [{ path: ['critical'], message: `${critical} critical findings are open`, severity: 'critical' as const }]
      : []),
    ...(high > 0 ? [{ path: ['high'], message: `${high} high findings are open` }] : []),
    ...(hasShell
      ? [{ path: ['hasShell'], message: 'the image holds a shell or build tools', severity: 'medium' as const }]
      : []),
    ...(signals.length === 0
      ? [{ path: ['signals'], message: 'nothing collects what the container is denied', severity: 'medium' as const }]
      : []),
  ],
});
