import type { MaybePromise } from '../pipeline/decision.ts';

/** A hash function of `Secret.hmac`. */
export type HmacAlgorithm = 'sha256' | 'sha384' | 'sha512';

/** A secret that a deployment names: it prints, logs, serialises and inspects as `[secret]`, and has no readable value. */
export interface Secret {
  readonly name: string;
  /**
   * The keyed hash of some data under the present value (RFC 2104).
   * @throws Error when there is no value that may be used, TypeError for another algorithm.
   */
  hmac(algorithm: HmacAlgorithm, data: string | Uint8Array): Promise<Uint8Array>;
  /** Whether `mac` is the keyed hash of the data under the present value, or under one before it that is good still. */
  verify(algorithm: HmacAlgorithm, data: string | Uint8Array, mac: Uint8Array): Promise<boolean>;
  toString(): string;
  toJSON(): string;
}

/** How a deployment declares a secret. */
export interface SecretOptions {
  /** Where it is: `file:/run/secrets/crm`, `age:...`, `vault:...`, or another provider's reference. */
  readonly from: string;
  /** How often it is read again, `15m` when absent; a file is also watched. */
  readonly refresh?: string;
  /** How long the value before stays good after a rotation; `5m` when absent. */
  readonly overlap?: string;
  /** How long the last value is used while it cannot be read again; `1h`, or four times `refresh`, when absent. */
  readonly maxStale?: string;
  /** Age past which it is reported, `90d`. */
  readonly maxAge?: string;
  /** Who answers for it. */
  readonly owner?: string;
}

/** What is known of a secret, without its value. */
export interface SecretReport {
  readonly name: string;
  readonly provider: string;
  readonly owner: string | undefined;
  /** Milliseconds since the epoch at which the present value was first seen. */
  readonly since: number;
  readonly problems: readonly string[];
}

/** The secrets of one host. Values leave it only into the capability that uses them. */
export interface SecretVault {
  readonly names: readonly string[];
  /**
   * The secret of that name.
   * @throws TypeError that names the known ones.
   */
  get(name: string): Secret;
  /**
   * The present value, for a capability that is about to use it. INVARIANT: no handler gets what this gives.
   * @throws Error when the secret has no value that may be used, or is none of this vault.
   */
  reveal(secret: Secret): MaybePromise<string>;
  /**
   * The values that a verifier takes: the present one first, then those before it whose overlap has not ended.
   * @throws Error as `reveal` does.
   */
  accepted(secret: Secret): readonly string[];
  /** Tells when a secret has a new value, until the returned function is called. */
  watch(name: string, listener: () => void): () => void;
  /** Reads a secret again now: whether the value changed. */
  rotate(name: string): Promise<boolean>;
  report(): readonly SecretReport[];
  close(): Promise<void>;
}
