/** Letters and digits of one gram. */
export const GRAM = 6;

/** Bytes of the filters of a trace, first to last; each takes over when the one before it is full. */
const SIZES: readonly number[] = [4_096, 16_384, 65_536];
/** Grams for each bit of a filter: a third of the bits are set then. */
const DENSITY = 0.135;

/** A stretch of folded text that was seen before: `length` letters and digits from `from` on. */
export interface Run {
  readonly from: number;
  readonly length: number;
}

/** Numbers from which grams are hashed: 128 bits that depend on the root key. */
export type TraceKey = Uint32Array;

/** Makes a trace key of any keyed text. */
export function traceKey(keyed: string): TraceKey {
  const bytes = Buffer.alloc(16);
  Buffer.from(keyed, 'base64url').copy(bytes);
  return new Uint32Array([0, 4, 8, 12].map((at) => bytes.readUInt32LE(at) | 1));
}

/**
 * What was read, as keyed fingerprints of every {@link GRAM} letters, in Bloom filters that grow. It says whether a text
 * holds a stretch of what was added; it gives no text back. It never forgets: one that is full says so.
 */
export class Trace {
  readonly #key: TraceKey;
  readonly #filters: Uint8Array[];
  /** Grams in the last filter. */
  #count: number;
  #added = 0;

  constructor(key: TraceKey, filters: readonly Uint8Array[] = [], count = 0) {
    this.#key = key;
    this.#filters = [...filters];
    this.#count = count;
  }

  /** Reads what {@link Trace.serialise} gave. @throws RangeError when it is damaged. */
  static parse(key: TraceKey, bytes: Buffer): Trace {
    const filters: Uint8Array[] = [];
    let at = 4;
    while (at < bytes.length) {
      const size = SIZES[filters.length] ?? 0;
      if (size === 0 || at + size > bytes.length) throw new RangeError('a trace is damaged');
      filters.push(Uint8Array.prototype.slice.call(bytes, at, at + size));
      at += size;
    }
    return new Trace(key, filters, bytes.readUInt32LE(0));
  }

  serialise(): Buffer {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(this.#count);
    return Buffer.concat([head, ...this.#filters]);
  }

  /** Grows with every gram that is added. */
  get version(): number {
    return this.#added;
  }

  /** Whether more was read than it can tell apart: then nothing is known not to have been read. */
  get full(): boolean {
    return this.#filters.length === SIZES.length && this.#count >= roomOf(SIZES.length - 1);
  }

  /** Adds every gram of a folded text that is not in `except`, which the caller knew before. */
  add(folded: string, except?: Trace): void {
    const grams = this.#hash(folded);
    let filter = this.#filters.at(-1);
    let room = filter === undefined ? 0 : roomOf(this.#filters.length - 1) - this.#count;
    for (let at = 0; at < grams.length; at += 2) {
      const [a, b] = [grams[at] ?? 0, grams[at + 1] ?? 0];
      if (except?.has(a, b) === true || this.has(a, b)) continue;
      if (filter === undefined || room <= 0) {
        if (this.#filters.length === SIZES.length) break;
        filter = new Uint8Array(SIZES[this.#filters.length] ?? 0);
        this.#filters.push(filter);
        this.#count = 0;
        room = roomOf(this.#filters.length - 1);
      }
      this.#count += 1;
      this.#added += 1;
      room -= 1;
      set(filter, a, b);
    }
  }

  /** Every stretch of at least `least` letters of a folded text whose grams were all added. */
  find(folded: string, least: number): readonly Run[] {
    const runs: Run[] = [];
    const grams = this.#hash(folded);
    const count = grams.length / 2;
    let from = -1;
    for (let at = 0; at <= count; at++) {
      if (at < count && this.has(grams[2 * at] ?? 0, grams[2 * at + 1] ?? 0)) {
        if (from < 0) from = at;
        continue;
      }
      const length = at - from + GRAM - 1;
      if (from >= 0 && length >= least) runs.push({ from, length });
      from = -1;
    }
    return runs;
  }

  /** Whether a gram is in one of the filters. */
  has(a: number, b: number): boolean {
    for (let index = 0; index < this.#filters.length; index++) {
      const filter = this.#filters[index];
      if (filter !== undefined && isSet(filter, a, b)) return true;
    }
    return false;
  }

  /** Two numbers for every gram, by a polynomial that rolls over the text. */
  #hash(text: string): Uint32Array {
    const [base = 1, salt = 1, first = 1, second = 1] = this.#key;
    const grams = new Uint32Array(Math.max(0, text.length - GRAM + 1) * 2);
    let power = 1;
    for (let index = 0; index < GRAM; index++) power = Math.imul(power, base);
    let hash = 0;
    for (let index = 0; index < text.length; index++) {
      hash = (Math.imul(hash, base) + Math.imul(text.charCodeAt(index) + 1, salt)) | 0;
      if (index >= GRAM) hash = (hash - Math.imul(Math.imul(text.charCodeAt(index - GRAM) + 1, salt), power)) | 0;
      const at = (index - GRAM + 1) * 2;
      if (at < 0) continue;
      grams[at] = mix(hash, first);
      grams[at + 1] = mix(hash, second) | 1;
    }
    return grams;
  }
}

function set(filter: Uint8Array, a: number, b: number): void {
  const mask = filter.length * 8 - 1;
  for (let probe = 0; probe < 3; probe++) {
    const bit = (a + Math.imul(probe, b)) & mask;
    filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
}

function isSet(filter: Uint8Array, a: number, b: number): boolean {
  const mask = filter.length * 8 - 1;
  for (let probe = 0; probe < 3; probe++) {
    const bit = (a + Math.imul(probe, b)) & mask;
    if (((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

function roomOf(filter: number): number {
  return Math.floor((SIZES[filter] ?? 0) * 8 * DENSITY);
}

/** Spreads a hash over all bits (the finaliser of MurmurHash3, keyed). */
function mix(hash: number, key: number): number {
  let mixed = hash ^ key;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
