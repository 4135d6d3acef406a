/** What the log could not do and owes a record of. */
export interface Troubles {
  /** Whether the last write failed. */
  readonly outage: boolean;
  /** Events lost to a full queue since the log was opened. */
  readonly lostInAll: number;
  /** A write failed and `refused` callers were told. */
  failed(error: unknown, refused: number): void;
  /** An event that nobody waits for found the queue full. */
  lose(): void;
  /** What to record now, and what to call once that is durable. */
  report(): { readonly details: readonly string[]; readonly settle: () => void };
}

/** The short name of a failure, without paths. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

const NOTHING = Object.freeze({ details: [], settle: () => undefined });

/** Makes the tally; `tell` hears of the first event of each trouble. */
export function createTroubles(tell: (detail: string) => void): Troubles {
  let code: string | undefined;
  let refused = 0;
  let lost = 0;
  let lostInAll = 0;
  return {
    get outage() {
      return code !== undefined;
    },
    get lostInAll() {
      return lostInAll;
    },
    failed(error, waiting) {
      if (code === undefined) tell(`the log cannot be written: ${codeOf(error)}`);
      code = codeOf(error);
      refused += waiting;
    },
    lose() {
      if (lost === 0) tell('events are lost: the queue of the audit log is full');
      lost++;
      lostInAll++;
    },
    report() {
      if (code === undefined && lost === 0) return NOTHING;
      const reported = lost;
      const outage =
        code === undefined ? [] : [`the log could not be written (${code}): ${refused} events were refused`];
      const losses = lost === 0 ? [] : [`${lost} events were lost: the queue was full`];
      return {
        details: [...outage, ...losses],
        settle: () => {
          code = undefined;
          refused = 0;
          lost -= reported;
        },
      };
    },
  };
}
