import type { ErrorCode } from '../errors.ts';

/** A value, or a promise of one. Controls answer without a promise whenever they can. */
export type MaybePromise<T> = T | Promise<T>;

/** The request goes on. */
export interface Pass {
  readonly pass: true;
}

/** The request ends here. `detail` is for the audit log and never leaves the process. */
export interface Denial {
  readonly pass: false;
  readonly code: ErrorCode;
  readonly detail?: string;
  /** Scopes that the whole operation needs; the challenge of a 401 or 403 names them (RFC 6750 section 3). */
  readonly scopes?: readonly string[];
  /** Whole seconds after which a retry can succeed (RFC 9110 section 10.2.3). */
  readonly retryAfter?: number;
  /** JSON-RPC `error.data`; holds only what the specification asks for. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** What a model may read when the refusal is a tool result (arguments that fail their schema). Safe text. */
  readonly hint?: string;
}

/** What a control says of a request. */
export type Decision = Pass | Denial;

/** The one passing decision. */
export const PASS: Pass = Object.freeze({ pass: true });

/** Refuses, with a code of the closed list. */
export function deny(code: ErrorCode, more?: Omit<Denial, 'pass' | 'code'>): Denial {
  return { pass: false, code, ...more };
}
