import type { JsonObject } from '../protocol/json.ts';
import type { Era } from '../protocol/versions.ts';

/** What came back for one message: over HTTP with status and headers, over stdio without. */
export interface Reply {
  /** HTTP status; absent on stdio. */
  readonly status: number | undefined;
  /** Lower-case names; empty on stdio. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON-RPC response, where one came. */
  readonly message: JsonObject | undefined;
  /** Notifications that came before it. */
  readonly notifications: readonly JsonObject[];
  /** Everything that was received, as text. */
  readonly text: string;
}

/** A request as bytes on a socket: nothing is added that is not given, but Content-Length. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
}

/** How one request of a connection differs from a well-formed one. */
export interface RequestOptions {
  /** Headers to set (a string) or to leave out (`undefined`). */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Members of `_meta` beside the required ones (modern era). */
  readonly meta?: JsonObject;
  /** The body to send instead of the well-formed one. */
  readonly body?: string | Uint8Array;
  /** Milliseconds after which the caller hangs up; the reply then holds what came until then. */
  readonly hangUpMs?: number;
  readonly token?: string;
  /** Query string to append, with its question mark. */
  readonly query?: string;
  /** Answers to questions that the server asks within a legacy call, by method. */
  readonly answer?: (request: JsonObject) => JsonObject | undefined;
  /** Hears each notification of a stream as it comes. */
  readonly onNotification?: (notification: JsonObject) => void;
  /** The caller hangs up when it aborts; the reply then holds what came until then. */
  readonly signal?: AbortSignal;
}

/** A client of the target, opened as one caller: in the legacy era it has been initialised. */
export interface Connection {
  /** The legacy session id, where the target gave one. */
  readonly session: string | undefined;
  request(method: string, params?: JsonObject, options?: RequestOptions): Promise<Reply>;
  close(): Promise<void>;
}

/** Claims of a test token; `aud`, `iss` and times are right unless given. */
export interface TokenClaims {
  readonly sub: string;
  readonly scope: string;
  readonly [claim: string]: unknown;
}

/** What a rule attacks, with the credentials and evidence that it was given. */
export interface Target {
  readonly transport: 'http' | 'stdio';
  readonly era: Era;
  /** The endpoint; absent on stdio. */
  readonly url: URL | undefined;
  /** Mints access tokens of the target's issuer; absent where tokens have no meaning. */
  readonly mint: ((claims: TokenClaims, header?: JsonObject) => Promise<string>) | undefined;
  /** A token with every scope of the target for `alice`; absent on stdio. */
  readonly token: string | undefined;
  /** Opens a connection; as `alice` with every scope when no token is given, without any when it is `null`. */
  connect(options?: { readonly token?: string | null; readonly capabilities?: JsonObject }): Promise<Connection>;
  /** Sends one request on a socket of its own (HTTP only). */
  raw(request: RawRequest): Promise<Reply>;
  /** Sends one line and gives what came back for it (stdio only). */
  line(text: string | Uint8Array): Promise<Reply>;
  /** The audit records written so far, where the target's log can be read. */
  records(): Promise<readonly JsonObject[]>;
  /** Folder of the audit log, and the verifier key of its checkpoints. */
  readonly log: { readonly directory: string; readonly publicKey: string } | undefined;
  /** Absent where a target is attacked from outside. */
  readonly operator?: TargetOperator;
  /** The target's process, where it has one of its own (stdio only). */
  readonly process?: TargetProcess;
  /** What the target's start-up said when it refused to start. */
  readonly refusedToStart: string | undefined;
}

/** The hand of the one who runs a target, where a proof has it. */
export interface TargetOperator {
  /** Switches a tool off, or the client or the principal of a connection that was opened without a token of its own. */
  disable(kind: 'tool' | 'client' | 'principal', tool?: string): Promise<void>;
  enable(kind: 'tool' | 'client' | 'principal', tool?: string): Promise<void>;
  /** What an intruder does who can write the target's store and has no key: makes a register in which nothing is off. */
  forge(): Promise<void>;
}

/** The process of a stdio target. */
export interface TargetProcess {
  /** Everything that it wrote to standard output so far. */
  output(): string;
  /** Ends its input; whether it exited within the time, in milliseconds. */
  endInput(withinMs: number): Promise<boolean>;
}

/** One thing that was seen. */
export interface Observation {
  readonly label: string;
  readonly reply?: Reply;
  readonly fact?: unknown;
}

/** What a rule concludes. An `unknown` never counts as a pass. */
export interface Verdict {
  readonly status: 'pass' | 'fail' | 'not-applicable' | 'unknown' | 'waived';
  /** One line: what was seen that decides it. */
  readonly why: string;
}

/** A rule: gathers by attacking, judges without touching anything, so that saved observations can be judged again. */
export interface Rule {
  readonly id: string;
  gather(target: Target): Promise<readonly Observation[]>;
  judge(observations: readonly Observation[]): Verdict;
}
