import { deny } from '../../pipeline/decision.ts';
import type { Principal } from '../../pipeline/principal.ts';
import type { Engine } from '../engine.ts';
import type { LegacyHost } from '../http/handler.ts';
import type { Reply } from '../http/reply.ts';
import type { Subscriptions } from '../subscriptions.ts';

/** The legacy era over HTTP, with a way to end a principal's sessions. */
export interface LegacyHttp extends LegacyHost {
  endFor(test: (principal: Principal) => boolean): void;
}

/** Serves the legacy era over HTTP. */
export function createLegacyHttp(engine: Engine, reply: Reply, _subscriptions: Subscriptions): LegacyHttp {
  return {
    async handle(exchange, _request, response): Promise<void> {
      const denial = deny('VERSION_UNSUPPORTED', { data: { supported: engine.parts.settings.versions } });
      engine.refused(exchange, denial);
      reply.denial(response, exchange, denial);
    },
    endFor: () => undefined,
    close: () => Promise.resolve(),
  };
}
