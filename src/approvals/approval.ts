import type { Effect } from '../pipeline/catalog.ts';

/** Where a request for approval stands. `used`: the one effect that it was for has begun. */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'used';

/** Whose call it is. */
export interface Party {
  /** Key of the principal (issuer, tenant, subject). */
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly tenant?: string;
  /** The OAuth client that acts. */
  readonly client: string;
}

/** Who decided, when (milliseconds since the epoch), and why. */
export interface DecidedBy {
  /** Key of the principal who decided. */
  readonly id: string;
  readonly subject: string;
  readonly at: number;
  readonly reason: string;
}

/** One call that waits for a person, kept sealed in the store. */
export interface Approval {
  /** 128 random bits, base64url: names the request and grants nothing. */
  readonly id: string;
  readonly state: ApprovalState;
  /** What it is good for, and nothing else: see `approval-binding`. */
  readonly binding: string;
  readonly party: Party;
  readonly target: {
    readonly kind: 'tool' | 'resource' | 'prompt';
    readonly name: string;
    readonly title?: string;
    readonly effect: Effect;
    /** Digest of the definition. */
    readonly definition: string;
  };
  /** Canonical JSON of what would run. */
  readonly arguments: Arguments;
  /** Keyed digest of the arguments, as the audit log has it. */
  readonly argsDigest: string;
  /** Why a person is asked: one safe sentence each. */
  readonly reasons: readonly string[];
  /** Whether it has to be decided on the page, where no model can answer. */
  readonly critical: boolean;
  readonly policy: string;
  readonly task?: string;
  readonly created: number;
  /** Until when it can be decided, and once approved until when it can be used. */
  readonly expires: number;
  readonly decided?: DecidedBy;
}

/** The arguments of a call, for a person to read. */
export interface Arguments {
  /** As the client sent them. */
  readonly sent: string;
  /** As the tool reads them, where its schema changes anything (defaults, transforms). */
  readonly read?: string;
}
