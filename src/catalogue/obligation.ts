import type { ControlId } from './control-id.ts';

/** How strongly the specification asks, in the words of RFC 2119; `MUST/SHOULD` where one row holds both. */
export type ObligationLevel = 'MUST' | 'MUST NOT' | 'SHOULD' | 'SHOULD NOT' | 'MUST/SHOULD';

/**
 * Who is bound: a server, a gateway, a gateway only where it reads message bodies, an authorization server, or a
 * client, which is what a gateway is towards its upstreams.
 */
export type Bound = 'server' | 'gateway' | 'gateway-reading-bodies' | 'authorization-server' | 'client';

/** One security obligation of MCP 2026-07-28. */
export interface Obligation {
  /** Permanent number, from 1. */
  readonly n: number;
  /** Page of the specification, relative to its root, or the proposal that it comes from. */
  readonly page: string;
  readonly level: ObligationLevel;
  readonly binds: readonly Bound[];
  /** The obligation in our words; the page has the normative ones. */
  readonly text: string;
  /** The controls that carry it. */
  readonly controls: readonly ControlId[];
}
