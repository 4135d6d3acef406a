import type { JsonObject } from '../protocol/json.ts';
import type { Principal } from './principal.ts';
import type { Watched } from './watched.ts';

/** What a legacy client and this server agreed on at `initialize` (MCP 2025-11-25 basic/lifecycle). */
export interface Session {
  /** 256 random bits in base64url over HTTP; `stdio` on a byte stream. Never an identity: it grants nothing. */
  readonly id: string;
  /** Who opened it. Each request brings its own credential and is authorized by that. */
  readonly principal: Principal;
  /** The negotiated revision. */
  readonly version: string;
  readonly clientCapabilities: JsonObject;
  /** Least level of log lines that the client asked for; none are sent before it asks. */
  logLevel: string | undefined;
  /** URIs whose changes the client wants to hear of. */
  readonly watched: Watched;
}
