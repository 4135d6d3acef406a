import type { SourceOptions } from '../capabilities/capability.ts';
import type { IssuerOptions } from '../identity/authenticator.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { Profile } from '../pipeline/settings.ts';
import type { Era } from '../protocol/versions.ts';
import type { Recorder } from '../record/event.ts';
import type { Store } from '../stores/store.ts';

/** How the HTTP host listens. */
export interface HttpOptions {
  /** Address to bind; `127.0.0.1` when absent. */
  readonly host?: string;
  /** Port to bind; 0 takes a free one. */
  readonly port?: number;
  /** Path of a Unix socket to listen on instead, made with mode 0600 in a directory of the owner's. */
  readonly socket?: string;
  /** Path of the endpoint; `/mcp` when absent. */
  readonly path?: string;
  /** The URL by which clients know the endpoint; what is bound when absent. It is the tokens' audience. */
  readonly publicUrl?: string;
  /** Further host names, `host[:port]`, beside those of `publicUrl` and the bound address. */
  readonly allowedHosts?: readonly string[];
  /** Exact origins of browser pages that may call; none when absent. */
  readonly allowedOrigins?: readonly string[];
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Declares a TLS terminator in front. */
  readonly terminatedBy?: 'proxy';
  readonly trustedProxies?: readonly string[];
}

/** Who may come in. */
export interface AuthOptions {
  readonly issuers: readonly IssuerOptions[];
  readonly clockSkewSeconds?: number;
  /** Set by `portcullis dev` when the issuer is the embedded one. */
  readonly devAuthorizationServer?: boolean;
}

/** Where and how a declared server is run. It comes from `portcullis.yaml` or the program; never from the server's code. */
export interface Deployment {
  readonly profile: Profile;
  readonly http?: HttpOptions;
  readonly auth?: AuthOptions;
  /** Both when absent. */
  readonly eras?: readonly Era[];
  readonly limits?: Partial<Limits>;
  readonly store?: Store;
  readonly recorder?: Recorder;
  /** Databases by name, for `sql('name', ...)`. */
  readonly sources?: Readonly<Record<string, SourceOptions>>;
  /** Root keys of 32 bytes, newest first, for sealed state, cursors, handles and log digests; a fresh one when absent. */
  readonly keys?: readonly Uint8Array[];
  readonly redact?: (text: string) => string;
  /** Receives the operator's log lines. */
  readonly log?: (line: LogLine) => void;
}

/** One line of the operator's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
