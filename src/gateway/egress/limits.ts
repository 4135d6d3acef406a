/** Bounds of what leaves one upstream. Times are milliseconds, sizes bytes. */
export interface EgressLimits {
  /** Connections at a time; one more is closed at once. */
  readonly connections: number;
  /** For a request line with its headers, and for the first words of TLS. */
  readonly headMs: number;
  readonly connectMs: number;
  /** Without a byte in either direction. */
  readonly idleMs: number;
  /** From its first byte to its last. */
  readonly lifeMs: number;
  /** In each direction of one connection. */
  readonly bytes: number;
}

/** The bounds of every upstream. */
export const EGRESS_LIMITS: EgressLimits = Object.freeze({
  connections: 64,
  headMs: 10_000,
  connectMs: 5_000,
  idleMs: 120_000,
  lifeMs: 3_600_000,
  bytes: 256 * 1024 * 1024,
});

/** Bytes of a request line with its headers. */
export const HEADER_BYTES = 16_384;
