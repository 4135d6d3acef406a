import type { RequestId } from '../../protocol/message.ts';
import { META } from '../../protocol/versions.ts';
import { deny } from '../../pipeline/decision.ts';
import { resolveResource } from '../../controls/deny-by-default/control.ts';
import { Refusal } from '../refusal.ts';
import { readFilter, scopesReach, type Subscriptions } from '../subscriptions.ts';
import { paramsOf, type Method, type MethodCall } from './method.ts';

/**
 * `subscriptions/listen` (MCP 2026-07-28 basic/patterns/subscriptions). Each watched URI is authorized when the stream
 * opens and again at each delivery; what the caller may not see is left out of the acknowledgment, like what is not there.
 */
export function createListen(subscriptions: Subscriptions): Method {
  return async (call) => {
    const { exchange, parts, sink } = call;
    const { principal, message } = exchange;
    if (principal === undefined || message?.kind !== 'request')
      throw new Refusal(deny('INTERNAL', { detail: 'no principal' }));
    const wanted = readFilter(paramsOf(exchange)['notifications']);
    const mayRead = (uri: string): Promise<boolean> => mayReadUri(call, uri);
    const uris = new Set<string>();
    for (const uri of wanted.uris) if (await mayRead(uri)) uris.add(uri);
    const id: RequestId = message.id;
    const filter = { lists: wanted.lists, uris };
    await subscriptions.listen({ id, principal, filter, sink, mayRead, streamMs: parts.settings.limits.streamMs });
    return { _meta: { [META.subscription]: id } };
  };
}

/** Whether the caller may read what a URI names: its scopes reach it, and its author's `authorize` allows it. */
export async function mayReadUri(
  call: Pick<MethodCall, 'exchange' | 'parts' | 'perform'>,
  uri: string,
): Promise<boolean> {
  const { parts, exchange } = call;
  if (exchange.principal === undefined || !scopesReach(parts.settings, exchange.principal, uri)) return false;
  const found = resolveResource(parts.settings.catalog, uri);
  if (found === undefined) return false;
  if (found.target.checkInput(found.args) !== undefined) return false;
  const refined = await found.target.refineInput(found.args);
  if ('issues' in refined) return false;
  const decision = await call.perform(found.target, (ctx) => parts.authorizeObject(found.target, refined.value, ctx));
  return typeof decision === 'object' && decision !== null && 'pass' in decision && decision.pass === true;
}
