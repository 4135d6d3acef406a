/** What is recorded: one flat object per event, its fields allow-listed here. Argument values appear as digests, unless a tool declares them. */
export interface AuditEvent {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly kind: AuditKind;
  /** Correlates intent and outcome of one request: 22 characters of base64url. */
  readonly request: string;
  readonly host?: 'server' | 'gateway';
  readonly transport?: 'http' | 'stdio';
  readonly era?: 'modern' | 'legacy';
  /** JSON-RPC method. */
  readonly method?: string;
  /** Tool or prompt name, or the resource URI's template (never the expanded URI of a template). */
  readonly target?: string;
  /** Principal id, client id and tenant. */
  readonly principal?: string;
  readonly client?: string;
  readonly tenant?: string;
  /** SHA-256 of the canonical arguments, base64url. */
  readonly args?: string;
  /** Arguments that the tool declared safe to record: JSON of an object, values in clear or as keyed digests. */
  readonly values?: string;
  /** SHA-256 of the tool's definition, base64url. */
  readonly definition?: string;
  /** pass, or the denial's code; absent where nothing was decided. */
  readonly decision?: string;
  /** The control that denied. */
  readonly control?: string;
  /** The denial's detail: redacted, at most 500 characters. */
  readonly detail?: string;
  /** Keyed digest of the output as the handler gave it, where what left is another one. */
  readonly original?: string;
  /** SHA-256 of the answer's body, base64url, and its size in bytes. */
  readonly result?: string;
  readonly bytes?: number;
  /** Work time in milliseconds. */
  readonly ms?: number;
  /** W3C trace id of the caller: 32 hex digits. Correlation only. */
  readonly trace?: string;
  /** Scopes asked for by a challenge, or granted by an elevation. */
  readonly scopes?: readonly string[];
  /** Old and new value of a configuration change. */
  readonly before?: string;
  readonly after?: string;
}

/**
 * The kinds of event, with their OCSF class in `record/names.ts`. A request that is let in ends in one `outcome`, or in
 * one `elicitation` when its answer asks the caller for input (MCP 2026-07-28 basic/patterns/mrtr); nothing is decided
 * then, and the request that brings the answers is one of its own. A request that is not let in is `denied`; a challenge
 * for more scope names them.
 */
export type AuditKind =
  | 'start'
  | 'stop'
  | 'weakened'
  | 'config'
  | 'denied'
  | 'intent'
  | 'outcome'
  | 'elicitation'
  | 'elevation'
  | 'session'
  | 'stream'
  | 'alert'
  | 'approval'
  | 'grant'
  | 'drift'
  | 'switch'
  | 'rotation'
  | 'violation';

/** How far the log is on stable storage. Events that were synced together share one receipt. */
export interface Receipt {
  /** Zero-based position of the last durable record: the event and all before it are at or below it. */
  readonly index: number;
}

/** The audit log, as the pipeline sees it. */
export interface Recorder {
  /** Resolves when the event is on stable storage. Rejects when it cannot be: the caller must then refuse. */
  append(event: AuditEvent): Promise<Receipt>;
  /** Appends without waiting: for denials, which have no effect to guard. Counted against a bounded queue. */
  note(event: AuditEvent): void;
  /** Whether the log can be written now; `/readyz` asks. */
  readonly healthy: boolean;
  close(): Promise<void>;
}
