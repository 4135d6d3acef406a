import type { ApprovalOptions } from '../approvals/rules.ts';
import type { HostOptions, SourceOptions } from '../capabilities/capability.ts';
import type { FlowsOptions } from '../flows/matrix.ts';
import type { IssuerOptions } from '../identity/authenticator.ts';
import type { MediaOptions } from '../media/options.ts';
import type { LeakOptions } from '../leaks/options.ts';
import type { DetectionRules } from '../pipeline/detection.ts';
import type { IdentityOptions } from '../pipeline/identities.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { ManifestOptions } from '../manifest/apply.ts';
import type { Profile } from '../pipeline/settings.ts';
import type { PolicyOptions } from '../policy/options.ts';
import type { AcceptedFinding } from '../pipeline/start.ts';
import type { Era } from '../protocol/versions.ts';
import type { Recorder } from '../record/event.ts';
import type { Redactor } from '../record/redact.ts';
import type { FingerprintPlaces } from '../secrets/fingerprints.ts';
import type { ProviderSettings } from '../secrets/provider-settings.ts';
import type { SandboxDeployment } from '../sandbox/options.ts';
import type { SecretOptions } from '../secrets/secret.ts';
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

/** How the secrets of a deployment are read, and what they are kept apart from. */
export interface SecretSettingsOptions {
  /** Folder that relative paths are taken from; the working directory when absent. */
  readonly folder?: string;
  readonly providers?: ProviderSettings;
  /** Name of the environment. Any but `dev` is held to secrets of its own, as production is. */
  readonly environment?: string;
  readonly fingerprints?: FingerprintPlaces;
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
  /** Where what was read may go, and how tasks are told apart. */
  readonly flows?: FlowsOptions;
  /** Cedar policies, beside the `policy` function of the server. */
  readonly policy?: PolicyOptions;
  /** Absolute folders by name, for `files('name', ...)`. */
  readonly roots?: Readonly<Record<string, string>>;
  /** What belongs to the hosts that `http` may reach: credentials, and stand-ins while developing. */
  readonly hosts?: Readonly<Record<string, HostOptions>>;
  /** What is done about credentials and personal data in what tools answer. */
  readonly leaks?: LeakOptions;
  /** What is done about orders to a model in texts of strangers; they are flagged when absent. */
  readonly detection?: Partial<DetectionRules>;
  /** Clients that may call, by name; every one with a sound token when absent. */
  readonly identities?: Readonly<Record<string, IdentityOptions>>;
  /** Absolute programs by name, for `exec('name', ...)`; a program that is not here is looked up in the system's folders. */
  readonly programs?: Readonly<Record<string, string>>;
  /** What upstreams of a gateway are started with, by their ids: for the checks on where secrets are. */
  readonly upstreams?: Readonly<Record<string, UpstreamPlaces>>;
  /** Secrets by name. */
  readonly secrets?: Readonly<Record<string, SecretOptions>>;
  readonly secretSettings?: SecretSettingsOptions;
  /** Where calls are approved out of band, and by whom; those that have to be are refused when absent. */
  readonly approvals?: ApprovalOptions;
  /** Knows the secrets of the process; every sink shares it. */
  readonly redactor?: Redactor;
  /** The signed manifest: what is not as it says is not offered. */
  readonly manifest?: ManifestOptions;
  /** Findings of the description scan that someone has looked at. */
  readonly accepted?: readonly AcceptedFinding[];
  /** What pictures, sounds and blobs in results may be. */
  readonly media?: MediaOptions;
  /** URL of the module whose default export is this server: handlers that run in a sandbox are loaded from it. */
  readonly module?: string;
  /** Bounds on handlers that run in a sandbox. */
  readonly sandbox?: SandboxDeployment;
  /** Receives the operator's log lines. */
  readonly log?: (line: LogLine) => void;
}

/** Where the texts and secrets of an upstream are. */
export interface UpstreamPlaces {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Names of secrets, by the variable that holds each. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Names of secrets of what it is sent to say who asks, by the key that names each. */
  readonly credential?: Readonly<Record<string, string>>;
}

/** One line of the operator's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
