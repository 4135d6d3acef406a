import type { MaybePromise } from '../pipeline/decision.ts';
import type { Principal } from '../pipeline/principal.ts';
import type { Store } from '../stores/store.ts';

/** What a capability may know of the call that it is granted to. */
export interface CapabilityContext {
  readonly principal: Principal;
  readonly signal: AbortSignal;
  /** Correlates with the audit log. */
  readonly request: string;
  /** Runs when the call ends, however it ends. */
  defer(dispose: () => MaybePromise<void>): void;
}

/** A database that a deployment names. */
export interface SourceOptions {
  /** Path of an SQLite file; `:memory:` for one that ends with the process. */
  readonly file: string;
  /** SQL that is run once when the source is opened for writing. */
  readonly schema?: string;
}

/** What a capability is opened with, once, at start-up. */
export interface CapabilityRuntime {
  readonly sources: Readonly<Record<string, SourceOptions>>;
  readonly store: Store;
  /** 32 bytes from which handles are keyed. */
  readonly stateKey: Uint8Array;
  log(line: string): void;
}

/** An opened capability. */
export interface CapabilityHandle<T> {
  /** What the handler of one call gets. */
  grant(context: CapabilityContext): T;
  close(): MaybePromise<void>;
}

/** A declared need: inert until a host opens it. */
export interface Capability<T> {
  readonly kind: string;
  /** What is declared, for manifests and refusals. */
  readonly declares: Readonly<Record<string, unknown>>;
  open(runtime: CapabilityRuntime): MaybePromise<CapabilityHandle<T>>;
}
