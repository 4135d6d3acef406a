import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import type { Message } from '../../protocol/message.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import { createGauge } from '../../pipeline/gauge.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Bounds what one principal holds open at once: calls in progress, streams, and the URIs that a stream watches. What is
 * taken here is given back when the exchange ends, however it ends (MCP 2026-07-28 basic/patterns/subscriptions).
 */
export function configure({ limits }: Settings): Decide {
  const calls = createGauge(limits.concurrentPerPrincipal);
  const streams = createGauge(limits.streamsPerPrincipal);
  return function boundedStreams(exchange: Exchange): Decision {
    const { principal, message, http } = exchange;
    if (principal === undefined) return PASS;
    // A legacy client opens its stream by a GET, which has no message.
    const isGet = message === undefined && http?.method === 'GET';
    if (!isGet && message?.kind !== 'request') return PASS;
    const isStream = isGet || message?.method === 'subscriptions/listen';
    if (isStream && watched(message) > limits.watchedUris) {
      return deny('STREAM_LIMIT', { detail: 'too many watched URIs', retryAfter: 60 });
    }
    const gauge = isStream ? streams : calls;
    if (!gauge.take(principal.id)) return deny(isStream ? 'STREAM_LIMIT' : 'CONCURRENCY_LIMIT', { retryAfter: 1 });
    exchange.ends ??= [];
    exchange.ends.push(() => gauge.give(principal.id));
    return PASS;
  };
}

function watched(message: Message | undefined): number {
  const filter = message?.kind === 'request' ? message.params['notifications'] : undefined;
  if (typeof filter !== 'object' || filter === null || !('resourceSubscriptions' in filter)) return 0;
  return Array.isArray(filter.resourceSubscriptions) ? filter.resourceSubscriptions.length : 0;
}
