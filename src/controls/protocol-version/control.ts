import { MODERN_VERSION } from '../../protocol/versions.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Serves only the revisions that are open and names them to a client that asks for another; there is no silent
 * downgrade (MCP 2026-07-28 basic/versioning#protocol-version-negotiation).
 */
export function configure(settings: Settings): Decide {
  const { versions, eras } = settings;
  return function protocolVersion(exchange: Exchange): Decision {
    const { message } = exchange;
    if (message === undefined) return PASS;
    if (exchange.era === 'legacy') {
      if (eras.has('legacy')) return PASS;
      return deny('VERSION_UNSUPPORTED', { data: { supported: versions, requested: requestedBy(exchange) } });
    }
    if (message.kind !== 'request') return PASS;
    if (exchange.version === MODERN_VERSION && eras.has('modern')) return PASS;
    return deny('VERSION_UNSUPPORTED', { data: { supported: versions, requested: exchange.version ?? '' } });
  };
}

function requestedBy({ message }: Exchange): string {
  if (message === undefined || message.kind === 'response') return '';
  const requested = message.params['protocolVersion'];
  return typeof requested === 'string' ? requested.slice(0, 64) : '';
}
