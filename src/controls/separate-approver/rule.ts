import { heldToolsRule } from '../../audit/held-tools-rule.ts';
import type { Rule } from '../../audit/rule.ts';

/** Calls a tool that two persons have brought in, and tools that came another way. */
export const rule: Rule = heldToolsRule(
  'separate-approver',
  new Map([
    ['a tool that its author has approved', 'own'],
    ['a tool that its author has approved under another name', 'alias'],
    ['a tool that was approved and never reviewed', 'skipped'],
  ]),
);
