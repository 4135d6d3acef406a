import type { Exchange } from '../../pipeline/context.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Adds to a call's context what the control would withhold: nothing while it is on. */
export type Expose = (work: object, exchange: Exchange) => void;

/**
 * Keeps the inbound token out of reach of every handler, so that none can pass it on, store it or print it
 * (MCP 2026-07-28 basic/authorization/security-considerations). With the control off it stands on the context.
 */
export function configure(settings: Settings): Expose {
  if (isOn(settings, 'token-passthrough')) return () => undefined;
  return (work, exchange) => {
    Object.defineProperty(work, 'authorization', { value: exchange.http?.headers.authorization, configurable: true });
  };
}
