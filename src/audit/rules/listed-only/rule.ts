import type { SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'listed-only',
    title: 'A tool that is left out of the list is refused when it is called',
    failure: 'A tool that is left out of the list can be called',
    severity: 'high',
    confidence: 'medium',
    controls: ['AUZ-01'],
    method: 'static',
    remedy: 'Make one function that says which tools there are, and refuse in the handler of calls what it leaves out.',
    references: ['CVE-2026-46519', 'CWE-862', 'CWE-602'],
  },
  ({ handlers, settings }) => {
    const tools = handlers.filter(({ kind }) => kind === 'tool');
    const facts = settings.filter(({ setting }) => setting === 'listed-only');
    // Where nothing is left out in a way that is understood, nothing is said.
    return tools.length === 0 || facts.length === 0 ? undefined : { seen: tools.length, facts };
  },
  ({ isBuilt, ...spot }) => [
    {
      message: 'What decides which tools are listed is not asked when one is called',
      place: placeAt(spot),
      confidence: isBuilt ? 'low' : 'medium',
    },
  ],
);
