import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'output-neutralisation',
  title: 'Nothing that is answered holds characters that its reader cannot see',
  failureTitle: 'Tool results can carry hidden instructions',
  severity: 'high',
  catalogue: ['VAL-09'],
  references: ['MCP 2026-07-28 server/tools#security-considerations', 'Unicode Technical Standard 39', 'ECMA-48'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutOutputNeutralisation',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
