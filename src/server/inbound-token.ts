import type { CapabilityContext } from '../capabilities/capability.ts';
import type { Exchange } from '../pipeline/context.ts';

const readers = new WeakMap<CapabilityContext, () => string>();

/** The access token of a request without its scheme; empty where there is none. */
export function tokenOf({ http }: Exchange): string {
  return http?.headers.authorization?.replace(/^\S+ +/, '') ?? '';
}

/** The context that the capabilities of a call are granted with, by which the call's token can be had until it ends. */
export function withInboundToken(context: CapabilityContext, read: () => string): CapabilityContext {
  readers.set(context, read);
  return context;
}

/**
 * The access token that the caller came with; empty where there is none, or the call has ended. INVARIANT: one file calls
 * this, the one that sends the token to the configured token endpoint for an exchange (RFC 8693); no handler has a context
 * to ask with.
 */
export function inboundTokenOf(context: CapabilityContext): string {
  return readers.get(context)?.() ?? '';
}
