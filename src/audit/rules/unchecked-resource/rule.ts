import type { SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'unchecked-resource',
    title: 'A client compares the resource of the metadata with the server that it asked',
    failure: 'A client asks for a token for whatever resource the metadata names',
    severity: 'high',
    confidence: 'medium',
    controls: ['IDN-02', 'IDN-03'],
    method: 'static',
    remedy:
      'Compare the resource of the metadata with the address of the server, and go no further where they differ: otherwise a server gets tokens for another one.',
    references: ['RFC 9728 section 3.3', 'RFC 8707', 'CVE-2026-54030'],
  },
  ({ settings }) => {
    const reads = settings.filter(({ setting }) => setting === 'reads-resource');
    if (reads.length === 0) return undefined;
    const isCompared = settings.some(({ setting }) => setting === 'compares-resource');
    return { seen: reads.length, facts: isCompared ? [] : reads };
  },
  ({ isBuilt, ...spot }) => [
    {
      message: 'The resource that the metadata names is taken as it comes',
      place: placeAt(spot),
      confidence: isBuilt ? 'low' : 'medium',
    },
  ],
);
