import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'injection-detection',
  title: 'Text of strangers that reads like orders to a model is found, recorded, and labelled or refused',
  failureTitle: 'Text of strangers that gives orders to a model passes without a trace',
  severity: 'medium',
  catalogue: ['PIC-05'],
  references: ['OWASP LLM01:2025', 'OWASP AISVS 1.0 2.1'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutInjectionDetection',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
