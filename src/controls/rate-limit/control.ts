import { isObject } from '../../protocol/json.ts';
import type { Message } from '../../protocol/message.ts';
import type { Catalog, Target } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';
import type { RateVerdict } from '../../stores/store.ts';
import { resolveResource } from '../deny-by-default/control.ts';

/** One meter: its key, and what it allows. */
type Meter = readonly [key: string, perMinute: number, burst: number];

/**
 * Limits calls per tool, principal and server by GCRA. Keys are the verified principal and the catalogue's own name, so
 * that neither casing nor a second token resets them; `Retry-After` is exact. It decides before anything is looked up,
 * so that requests which are refused later count as well.
 * INVARIANT: narrow meters are asked first and a refused call touches no wider one, or one caller that is told to wait
 * would use up the budget of all.
 */
export function configure({ limits, store, catalog }: Settings): Decide {
  const limitOf = createLimits(catalog);
  const server: Meter = ['rate:server', limits.perMinuteServer, limits.burstServer];
  return function rateLimit({ principal, message }: Exchange): MaybePromise<Decision> {
    if (principal === undefined) return deny('TOKEN_MISSING');
    const own: Meter = [`rate:${principal.id}`, limits.perMinutePrincipal, limits.burstPrincipal];
    const target = message?.kind === 'request' ? limitOf(message) : undefined;
    if (target?.perMinute === undefined) return take([own, server], 0);
    const key = `rate:${principal.id}:${target.kind}:${target.name}`;
    return take([[key, target.perMinute, target.burst ?? target.perMinute], own, server], 0);
  };

  function take(meters: readonly Meter[], from: number): MaybePromise<Decision> {
    for (let index = from; index < meters.length; index++) {
      const meter = meters[index];
      if (meter === undefined) break;
      const verdict = store.rate(...meter);
      if (verdict instanceof Promise) {
        return verdict.then((settled) => (settled.waitMs === 0 ? take(meters, index + 1) : refuse(settled)));
      }
      if (verdict.waitMs !== 0) return refuse(verdict);
    }
    return PASS;
  }
}

function refuse({ waitMs }: RateVerdict): Decision {
  return deny('RATE_LIMITED', { retryAfter: Math.ceil(waitMs / 1000) });
}

/** Finds what a request is aimed at, where anything of its kind has a limit of its own. */
function createLimits(catalog: Catalog): (message: Extract<Message, { kind: 'request' }>) => Target | undefined {
  const resources = [...catalog.resources.values(), ...catalog.templates].some(
    ({ perMinute }) => perMinute !== undefined,
  );
  return ({ method, params }) => {
    const { name, uri, ref } = params;
    if (method === 'tools/call') return typeof name === 'string' ? catalog.tools.get(name) : undefined;
    if (method === 'prompts/get') return typeof name === 'string' ? catalog.prompts.get(name) : undefined;
    if (method === 'resources/read') return resources ? resolveResource(catalog, uri)?.target : undefined;
    if (method !== 'completion/complete' || !isObject(ref)) return undefined;
    if (ref['type'] === 'ref/prompt') return catalog.prompts.get(String(ref['name']));
    return catalog.templates.find(({ template }) => template?.template === ref['uri']);
  };
}
