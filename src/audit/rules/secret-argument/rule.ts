import type { SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

const KEYS = /mnemonic|phrase|private|wallet|signing/i;

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'secret-argument',
    title: 'No tool asks for a secret as an argument',
    failure: 'A tool asks for a secret as an argument',
    severity: 'high',
    confidence: 'high',
    controls: ['SEC-01', 'SEC-05'],
    method: 'static',
    remedy:
      'Let callers name a secret that the server keeps, and read it from a store of secrets. Arguments pass through the model, its provider, and every log on the way.',
    references: ['CVE-2026-43992', 'CWE-522', 'OWASP MCP Top 10 MCP01'],
  },
  ({ handlers, settings }) => {
    const facts = settings.filter(({ setting }) => setting === 'secret-argument');
    return handlers.some(({ kind }) => kind === 'tool') ? { seen: handlers.length, facts } : undefined;
  },
  ({ isBuilt, detail = '', ...spot }) => [
    {
      message: `"${detail}" is asked for, and passes through the model`,
      place: placeAt(spot),
      evidence: detail,
      confidence: isBuilt || !KEYS.test(detail) ? 'medium' : 'high',
      severity: KEYS.test(detail) ? 'high' : 'medium',
    },
  ],
);
