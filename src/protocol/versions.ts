/** The modern revision that Portcullis serves by its own engine. */
export const MODERN_VERSION = '2026-07-28';

/** Revisions with an `initialize` handshake, newest first, served through the official SDK. */
export const LEGACY_VERSIONS: readonly string[] = Object.freeze(['2025-11-25', '2025-06-18', '2025-03-26']);

/** `modern` carries version and capabilities on each request; `legacy` negotiates them once per session. */
export type Era = 'modern' | 'legacy';

/** The versions offered to a peer, for the eras that are open. */
export function supportedVersions(eras: ReadonlySet<Era>): readonly string[] {
  return [...(eras.has('modern') ? [MODERN_VERSION] : []), ...(eras.has('legacy') ? LEGACY_VERSIONS : [])];
}

/** Names of the reserved `_meta` keys (MCP 2026-07-28 basic/index#meta). */
export const META: Readonly<
  Record<'version' | 'clientInfo' | 'capabilities' | 'logLevel' | 'subscription' | 'serverInfo', string>
> = Object.freeze({
  version: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscription: 'io.modelcontextprotocol/subscriptionId',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
});
