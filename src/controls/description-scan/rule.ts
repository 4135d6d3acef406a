import type { Rule } from '../../audit/rule.ts';
import { toolListRule } from '../../audit/tool-list-rule.ts';
import { scanDefinition } from '../../scan/scan.ts';

/** Lists the tools and scans every text of their definitions. */
export const rule: Rule = toolListRule('description-scan', {
  'a text that gives a model orders': (definition) =>
    scanDefinition(definition)
      .filter(({ severity }) => severity === 'high')
      .map(({ rule: found, path, excerpt }) => `${String(definition['name'])}, ${path}: ${found}, "${excerpt}"`),
});
