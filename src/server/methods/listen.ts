import type { RequestId } from '../../protocol/message.ts';
import { META } from '../../protocol/versions.ts';
import { deny } from '../../pipeline/decision.ts';
import { isOn } from '../../pipeline/settings.ts';
import { requestOf } from '../../controls/central-policy/control.ts';
import { resolveResource } from '../../controls/deny-by-default/control.ts';
import { Watched } from '../../pipeline/watched.ts';
import type { Engine } from '../engine.ts';
import { Refusal } from '../refusal.ts';
import { readFilter, scopesReach, type Subscriptions } from '../subscriptions.ts';
import { watch } from './watch.ts';
import { paramsOf, type Method, type MethodCall } from './method.ts';

/**
 * `subscriptions/listen` (MCP 2026-07-28 basic/patterns/subscriptions). Each watched URI is authorized when the stream
 * opens and again at each delivery; what the caller may not see is left out of the acknowledgment, like what is not there.
 */
export function createListen(subscriptions: Subscriptions, mayReadNow: Engine['mayRead']): Method {
  return async (call) => {
    const { exchange, parts, sink } = call;
    const { principal, message } = exchange;
    if (principal === undefined || message?.kind !== 'request')
      throw new Refusal(deny('INTERNAL', { detail: 'no principal' }));
    const wanted = readFilter(paramsOf(exchange)['notifications']);
    const id: RequestId = message.id;
    const watched = new Watched();
    try {
      const uris = new Set<string>();
      for (const uri of wanted.uris) if (await isWatched(call, watched, uri)) uris.add(uri);
      const mayRead = (uri: string): Promise<boolean> => mayReadNow(exchange, uri);
      const filter = { lists: wanted.lists, uris };
      const bounds = isOn(parts.settings, 'bounded-streams')
        ? { streamMs: parts.settings.limits.streamMs, principal }
        : { streamMs: Number.MAX_SAFE_INTEGER, principal: { ...principal, expiresAt: Number.MAX_SAFE_INTEGER } };
      // It may have been switched off while its URIs were being authorized.
      if (parts.killSwitch?.blocks(exchange) === true) throw new Refusal(deny('DISABLED'));
      await subscriptions.listen({ id, filter, sink, mayRead, watched, ...bounds });
    } finally {
      watched.close();
    }
    return { _meta: { [META.subscription]: id } };
  };
}

/** What does not tell of its changes is left out of the acknowledgment as well. */
async function isWatched(call: MethodCall, watched: Watched, uri: string): Promise<boolean> {
  if (!(await mayReadUri(call, uri))) return false;
  try {
    await watch(call, watched, uri);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** Whether the caller may read what a URI names: its scopes reach it, the policy and its author's `authorize` allow it. */
export async function mayReadUri(
  call: Pick<MethodCall, 'exchange' | 'parts' | 'perform'>,
  uri: string,
): Promise<boolean> {
  const { parts, exchange } = call;
  const { principal, message } = exchange;
  if (!isOn(parts.settings, 'bounded-streams')) return true;
  if (principal === undefined || !scopesReach(parts.settings, principal, uri)) return false;
  const found = resolveResource(parts.settings.catalog, uri);
  if (found === undefined) return false;
  if (found.target.checkInput(found.args) !== undefined) return false;
  const refined = await found.target.refineInput(found.args);
  if ('issues' in refined) return false;
  const method = message?.kind === 'request' ? message.method : 'resources/subscribe';
  const about = { principal, method, target: found.target, args: refined.value, sent: found.args };
  const policy = await parts.askPolicy(requestOf(exchange, about));
  if (!policy.pass) return false;
  const decision = await call.perform(found.target, (ctx) => parts.authorizeObject(found.target, refined.value, ctx));
  return typeof decision === 'object' && decision !== null && 'pass' in decision && decision.pass === true;
}
