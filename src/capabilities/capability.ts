import type { Isolation } from '../pipeline/catalog.ts';
import type { MaybePromise } from '../pipeline/decision.ts';
import type { Meter } from '../pipeline/meter.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Principal } from '../pipeline/principal.ts';
import type { Profile } from '../pipeline/settings.ts';
import type { SecretVault } from '../secrets/secret.ts';
import type { Store } from '../stores/store.ts';
import type { Errand, Lent } from './lent.ts';

export type { Isolation } from '../pipeline/catalog.ts';

/** What a capability may know of the call that it is granted to. */
export interface CapabilityContext {
  readonly principal: Principal;
  readonly signal: AbortSignal;
  /** Correlates with the audit log. */
  readonly request: string;
  /** Whether a text holds the access token that the caller came with, in any usual encoding. */
  readonly holdsCredential?: (text: string) => boolean;
  /** What {@link carry} left in the round before. */
  readonly carried?: string | undefined;
  /** Seals a short text into the state of this round, for the next round of the same call; absent where there are no rounds. */
  readonly carry?: (text: string) => void;
  /** The level from which the client hears of the log of the call; it does not when absent. */
  readonly logLevel?: string | undefined;
  /** Whether the client asked for the progress of the call; nobody hears of it otherwise. */
  readonly wantsProgress?: boolean;
  /** Counts what the call uses, for its principal; absent where nothing is counted. */
  readonly meter?: Meter | undefined;
  /** Runs when the call ends, however it ends. */
  defer(dispose: () => MaybePromise<void>): void;
}

/** An SQLite file that a deployment names. */
export interface SqliteSource {
  /** Path of an SQLite file; `:memory:` for one that ends with the process. */
  readonly file: string;
  /** SQL that is run once when the source is opened for writing. */
  readonly schema?: string;
}

/** A PostgreSQL database that a deployment names. */
export interface PostgresSource {
  readonly postgres: {
    /** Host name or address; `127.0.0.1` when neither it nor `socket` is there. */
    readonly host?: string;
    /** Folder of the server's Unix socket, instead of a host. */
    readonly socket?: string;
    /** 5432 when absent. */
    readonly port?: number;
    readonly database: string;
    readonly user: string;
    /** Name of the secret that is the password. */
    readonly password?: string;
    /** `true` to verify the server against the system's authorities, or the PEM text of its own. */
    readonly tls?: boolean | { readonly ca: string };
    /** Most connections; 10 when absent. */
    readonly connections?: number;
  };
}

/** A database that a deployment names. */
export type SourceOptions = SqliteSource | PostgresSource;

/** What a deployment says of a host that `http` may reach. */
export interface HostOptions {
  /** Sent with each request to this host, and to no other. The handler never sees it. */
  readonly credential?: {
    /** Header name; `authorization` when absent. */
    readonly header?: string;
    /** Put before the value with a space: `Bearer`. */
    readonly scheme?: string;
    /** Name of a secret of the deployment. */
    readonly secret: string;
  };
  /** Base URL of a stand-in on loopback, `http://127.0.0.1:4000`: the dev profile alone takes it. */
  readonly standIn?: string;
  /** Private ranges in which this host may be, `10.1.0.0/16`; only public addresses when absent. */
  readonly addresses?: readonly string[];
}

/** What a capability is opened with, once, at start-up. */
export interface CapabilityRuntime {
  readonly profile: Profile;
  /** Ids of the controls that are switched off. */
  readonly weakened: ReadonlySet<string>;
  readonly sources: Readonly<Record<string, SourceOptions>>;
  /** Absolute folders by the name that `files(name, ...)` asks for. */
  readonly roots: Readonly<Record<string, string>>;
  readonly hosts: Readonly<Record<string, HostOptions>>;
  /** Absolute programs by the name that `exec(name, ...)` asks for. */
  readonly programs: Readonly<Record<string, string>>;
  readonly secrets: SecretVault;
  readonly store: Store;
  /** 32 bytes from which handles are keyed. */
  readonly stateKey: Uint8Array;
  /** For capabilities of the framework's own; absent in tests of others. */
  readonly lent?: Lent | undefined;
  /** Writes a line to the operator's log: level `info` and no fields when absent. */
  log(message: string, level?: string, fields?: JsonObject): void;
}

/** The part of a runtime that says where things are. */
export type CapabilityPlaces = Pick<CapabilityRuntime, 'sources' | 'roots' | 'hosts' | 'programs'>;

/** What a capability touches outside of the process: for permission flags, sandbox profiles, manifests and reports. */
export interface SystemNeeds {
  /** Absolute paths that are read; a folder stands for everything under it. */
  readonly reads: readonly string[];
  /** Absolute paths that are written, and read. */
  readonly writes: readonly string[];
  /** Absolute programs that are run. */
  readonly programs: readonly string[];
  /** Hosts that are reached, `name` or `name:port`. */
  readonly hosts: readonly string[];
}

/** How a sandboxed handler uses a capability: the host keeps it, and serves each call of a method. */
export interface Remote<T> {
  /** Methods that may be called from inside, by name. Arguments and results are structured clones. */
  readonly methods: readonly string[];
  /** Makes what the handler holds; an object of `methods` that forward when absent. */
  face?(call: (method: string, args: readonly unknown[]) => Promise<unknown>): T;
  /**
   * Does one call in the host. The arguments come from inside of the sandbox and are not to be trusted; the method of
   * that name is called with them when absent.
   */
  serve?(granted: T, method: string, args: readonly unknown[]): MaybePromise<unknown>;
  /**
   * Makes the capability's own error, inside, of what the host told: its name, its sentence and its `reason`. A plain
   * error with these fields when absent.
   */
  error?(told: { readonly name: string; readonly sentence: string; readonly reason: string | undefined }): Error;
}

/** An opened capability. */
export interface CapabilityHandle<T> {
  /** What the handler of one call gets. */
  grant(context: CapabilityContext): T;
  /** What this person has to do on a page before a call may use it; absent where it is never anything. */
  readonly errand?: ((principal: Principal) => MaybePromise<Errand | undefined>) | undefined;
  close(): MaybePromise<void>;
}

/** A declared need: inert until a host opens it. */
export interface Capability<T> {
  readonly kind: string;
  /** What is declared, for manifests and refusals: JSON, without anything secret. */
  readonly declares: Readonly<Record<string, unknown>>;
  /** The least isolation of a tool that holds it; `none` when absent. */
  readonly isolation?: Isolation;
  /** What it touches, resolved against a deployment; nothing when absent. */
  system?(places: CapabilityPlaces): SystemNeeds;
  /** How it is used from inside of a sandbox; it cannot be when absent. */
  readonly remote?: Remote<T>;
  open(runtime: CapabilityRuntime): MaybePromise<CapabilityHandle<T>>;
}
