import type { Remote } from '../capabilities/capability.ts';
import type { ListName, LogFields, LogLevel, SentCaller } from './messages.ts';

/** What one call has used of the machine. */
export interface CallUsage {
  readonly cpuMs: number;
  /** Most memory that its process has had. */
  readonly peakRssBytes: number;
  /** What its temporary folder held at the end. */
  readonly diskBytes: number;
}

/** A capability of one call, and how it is served. */
export interface Served {
  readonly granted: unknown;
  readonly remote: Remote<unknown>;
}

/** A handler's call, as the runner needs it. */
export interface IsolatedCall {
  readonly tool: string;
  readonly args: unknown;
  readonly principal: SentCaller;
  readonly request: string;
  readonly signal: AbortSignal;
  /** What the handler may use, by the name of the need. */
  readonly needs: ReadonlyMap<string, Served>;
  log(level: LogLevel, message: string, fields: LogFields): void;
  progress(progress: number, total?: number, message?: string): void;
  changed: { resource(uri: string): void; list(name: ListName): void };
  /** Told once, when the call has ended. */
  used(usage: CallUsage): void;
}
