import { heldToolsRule } from '../../audit/held-tools-rule.ts';
import type { Rule } from '../../audit/rule.ts';

/** Calls a tool of an upstream that is as it has to be, and those of upstreams that are not. */
export const rule: Rule = heldToolsRule(
  'exact-versions',
  new Map([
    ['a program that was changed since it was pinned', 'swapped'],
    ['a program that was changed since the gateway was started', 'late'],
    ['a program that fetches another one', 'fetcher'],
  ]),
);
