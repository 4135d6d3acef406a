import { LEGACY_VERSIONS, MODERN_VERSION } from '../../protocol/versions.ts';
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
    if (exchange.era === 'legacy') {
      if (eras.has('legacy') && headerFits(exchange)) return PASS;
      return deny('VERSION_UNSUPPORTED', { data: { supported: versions, requested: requestedBy(exchange) } });
    }
    if (message?.kind !== 'request') return PASS;
    if (exchange.version === MODERN_VERSION && eras.has('modern')) return PASS;
    return deny('VERSION_UNSUPPORTED', { data: { supported: versions, requested: exchange.version ?? '' } });
  };
}

/** A session's version stands; a header that names none of ours is refused (MCP 2025-11-25 basic/transports). */
function headerFits({ http }: Exchange): boolean {
  const header = http?.headers['mcp-protocol-version'];
  return header === undefined || (typeof header === 'string' && LEGACY_VERSIONS.includes(header));
}

function requestedBy({ http, message }: Exchange): string {
  const header = http?.headers['mcp-protocol-version'];
  if (typeof header === 'string') return header.slice(0, 64);
  if (message === undefined || message.kind === 'response') return '';
  const requested = message.params['protocolVersion'];
  return typeof requested === 'string' ? requested.slice(0, 64) : '';
}
