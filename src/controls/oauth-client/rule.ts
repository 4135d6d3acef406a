import { heldToolsRule } from '../../audit/held-tools-rule.ts';
import type { Rule } from '../../audit/rule.ts';

/** Calls tools of upstreams to each of which the gateway needs a token, with an authorization server that plays along but for one. */
export const rule: Rule = heldToolsRule(
  'oauth-client',
  new Map([
    ['an upstream whose metadata is that of another server', 'resource'],
    ['an authorization server whose metadata is that of another issuer', 'issuer'],
    ['a token for another server', 'audience'],
    ['a token with more scope than was asked for', 'scope'],
  ]),
);
