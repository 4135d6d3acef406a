/** Where a log is not as it was written. */
export interface DamagePlace {
  /** File name of the segment. */
  readonly segment: string;
  /** One-based line. */
  readonly line: number;
  /** Zero-based index of the record. */
  readonly index: number;
}

/** The log was changed by someone else than its writer: it is not opened, because going on would bury the evidence. */
export class LogDamage extends Error {
  override readonly name = 'LogDamage';
  readonly place: DamagePlace;

  constructor(place: DamagePlace, what: string) {
    super(`${place.segment} line ${place.line} (record ${place.index}): ${what}; run the log verifier on a copy`);
    this.place = place;
  }
}
