import { heldToolsRule } from '../../audit/held-tools-rule.ts';
import type { Rule } from '../../audit/rule.ts';

/** Calls tools of upstreams for each of which an authorization server exchanges the caller's token, once rightly. */
export const rule: Rule = heldToolsRule(
  'token-exchange',
  new Map([
    ['the own token of the caller', 'echo'],
    ['a token for another server', 'audience'],
    ['a token with more scope than was asked for', 'scope'],
    ['a token that does not show who acts', 'actor'],
    ['a token about somebody else', 'subject'],
  ]),
);
