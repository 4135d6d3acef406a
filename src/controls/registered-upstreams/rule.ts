import { heldToolsRule } from '../../audit/held-tools-rule.ts';
import type { Rule } from '../../audit/rule.ts';

/** Calls a tool of an upstream that is as it has to be, and those of upstreams that are not. */
export const rule: Rule = heldToolsRule(
  'registered-upstreams',
  new Map([
    ['an upstream that nobody answers for', 'unowned'],
    ['an upstream that was revoked', 'revoked'],
    ['a tool that is not listed', 'unlisted'],
  ]),
);
