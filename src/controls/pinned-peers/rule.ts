import { heldToolsRule } from '../../audit/held-tools-rule.ts';
import type { Rule } from '../../audit/rule.ts';

/** Calls a tool of an upstream that shows the key which is pinned, and one of an upstream that shows another. */
export const rule: Rule = heldToolsRule(
  'pinned-peers',
  new Map([['a tool of a server with another key, certified for the same name', 'other']]),
);
