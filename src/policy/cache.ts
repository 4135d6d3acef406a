import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Principal } from '../pipeline/principal.ts';
import type { PolicyRequest, RulesVerdict } from '../pipeline/settings.ts';

/** Remembers decisions by everything that they depend on but the time. */
export type DecisionCache = (
  request: PolicyRequest,
  action: string,
  context: Readonly<Record<string, CedarValueJson>>,
  decide: () => RulesVerdict,
) => RulesVerdict;

const MOST = 4_096;
const LONGEST = 2_048;

/** Creates an empty one; it is thrown away with the policies that it belongs to. */
export function createCache(): DecisionCache {
  const decided = new Map<string, RulesVerdict>();
  const callers = new WeakMap<Principal, string>();
  const keyOf = (principal: Principal): string => {
    let key = callers.get(principal);
    if (key === undefined) {
      const { id, subject, issuer, client, tenant, scopes } = principal;
      key = JSON.stringify([id, subject, issuer, client, tenant ?? null, [...scopes]]);
      callers.set(principal, key);
    }
    return key;
  };
  return ({ principal }, action, { now: _now, hour: _hour, weekday: _weekday, ...context }, decide) => {
    const key = JSON.stringify([action, keyOf(principal), context]);
    if (key.length > LONGEST) return decide();
    let verdict = decided.get(key);
    if (verdict === undefined) {
      verdict = decide();
      if (decided.size >= MOST) decided.delete(decided.keys().next().value ?? '');
      decided.set(key, verdict);
    }
    return verdict;
  };
}
