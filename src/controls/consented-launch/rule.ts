import { heldToolsRule } from '../../audit/held-tools-rule.ts';
import type { Rule } from '../../audit/rule.ts';

/** Calls a tool of an upstream that is as it has to be, and those of upstreams that are not. */
export const rule: Rule = heldToolsRule(
  'consented-launch',
  new Map([
    ['arguments that nobody has seen', 'args'],
    ['a variable that nobody has seen', 'env'],
    ['a right that nobody has seen', 'needs'],
    ['a program that nobody was asked about', 'unasked'],
  ]),
);
