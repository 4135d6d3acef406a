import { formsOf } from './secret-forms.ts';

/** Finds every remembered secret, in any of its usual encodings, by one pass over a text. */
export interface SecretRegistry {
  /**
   * Remembers a secret until the returned function is called.
   *
   * @throws TypeError when it has fewer than 6 characters: such a text occurs by chance.
   */
  remember(secret: string): () => void;
  /** Replaces what it finds by `[secret]`. Only the first `limit` UTF-16 units are kept, and no secret is cut in two. */
  replace(text: string, limit: number): string;
  /**
   * Where it finds them: UTF-16 positions, first to last, no two overlapping. The end of a text that is the beginning of a
   * secret, of 6 characters or more, counts as well: the rest may come in the next text of a stream.
   */
  spans(text: string): readonly (readonly [number, number])[];
  /** Changes whenever the set of secrets does: what was cached under another version is void. */
  readonly version: number;
}

const MARK = '[secret]';
const SHORTEST = 6;
/** Forms are found by a hash of their first four characters. */
const PREFIX = 4;
/** Longer forms are found by their first characters. */
const WIDEST = 64;

const fold = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code);

const hashAt = (text: string, at: number): number => {
  const a = fold(text.charCodeAt(at));
  const b = fold(text.charCodeAt(at + 1));
  const c = fold(text.charCodeAt(at + 2));
  const d = fold(text.charCodeAt(at + 3));
  return (a ^ (b << 4) ^ (c << 8) ^ (d << 11)) & 0xffff;
};

function matches(text: string, at: number, form: string): boolean {
  if (at + form.length > text.length) return false;
  for (let i = 0; i < form.length; i++) {
    if (fold(text.charCodeAt(at + i)) !== form.charCodeAt(i)) return false;
  }
  return true;
}

/** An empty registry. Memory: about fifty forms per secret. */
export function createRegistry(): SecretRegistry {
  /** INVARIANT: `present[h]` counts the forms under hash `h`, so that most positions cost one look-up. */
  const present = new Uint16Array(65_536);
  const buckets = new Map<number, Map<string, number>>();
  let longest = 0;
  let version = 0;
  /** Wu and Manber's table: how far the search may jump from the four characters at the end of its window. */
  const jumps = new Uint16Array(65_536);
  let width = 0;
  let jumpsAt = -1;

  /** Makes the table anew when secrets have come or gone. The window is as wide as the shortest form. */
  const prepare = (): void => {
    if (jumpsAt === version) return;
    jumpsAt = version;
    width = WIDEST;
    for (const bucket of buckets.values()) for (const form of bucket.keys()) width = Math.min(width, form.length);
    jumps.fill(width - PREFIX + 1);
    for (const bucket of buckets.values()) {
      for (const form of bucket.keys()) {
        for (let at = 0; at <= width - PREFIX; at++) {
          const hash = hashAt(form, at);
          jumps[hash] = Math.min(jumps[hash] ?? 0, width - PREFIX - at);
        }
      }
    }
  };

  /** The first position from `at` on where a form may begin; -1 when there is none. INVARIANT: `prepare` was called. */
  const nextAt = (text: string, at: number): number => {
    const last = text.length - PREFIX;
    for (let end = at + width - PREFIX; end <= last; ) {
      const jump = jumps[hashAt(text, end)] ?? 0;
      if (jump === 0) return end - width + PREFIX;
      end += jump;
    }
    return -1;
  };

  const change = (form: string, by: 1 | -1): void => {
    const hash = hashAt(form, 0);
    const bucket = buckets.get(hash) ?? new Map<string, number>();
    const count = (bucket.get(form) ?? 0) + by;
    if (count === 0) bucket.delete(form);
    else bucket.set(form, count);
    if (bucket.size === 0) buckets.delete(hash);
    else buckets.set(hash, bucket);
    present[hash] = Math.min(bucket.size, 0xffff);
  };

  const endOfMatch = (text: string, at: number): number => {
    const hash = hashAt(text, at);
    if (present[hash] === 0) return -1;
    let end = -1;
    for (const form of buckets.get(hash)?.keys() ?? []) {
      if (at + form.length > end && matches(text, at, form)) end = at + form.length;
    }
    return end;
  };

  /** Whether what is left of the text is the beginning of a form. */
  const begins = (text: string, at: number): boolean => {
    const left = text.length - at;
    if (left < SHORTEST || left >= longest) return false;
    for (const form of buckets.get(hashAt(text, at))?.keys() ?? []) {
      if (form.length > left && matches(text, at, form.slice(0, left))) return true;
    }
    return false;
  };

  return {
    get version() {
      return version;
    },
    remember(secret) {
      if (secret.length < SHORTEST) {
        throw new TypeError(
          `a secret of fewer than ${SHORTEST} characters cannot be kept out of the logs: use a longer one`,
        );
      }
      const forms = formsOf(secret).filter((form) => form.length >= PREFIX);
      for (const form of forms) change(form, 1);
      longest = Math.max(longest, ...forms.map((form) => form.length));
      version++;
      let live = true;
      return () => {
        if (!live) return;
        live = false;
        for (const form of forms) change(form, -1);
        version++;
      };
    },
    spans(text) {
      if (buckets.size === 0) return [];
      prepare();
      const found: [number, number][] = [];
      // Towards the end a form may have only begun, so that each position counts.
      const tail = Math.max(0, text.length - longest);
      const next = (from: number): number => {
        const at = from < tail ? nextAt(text, from) : from;
        return at === -1 || at > tail ? Math.max(from, tail) : at;
      };
      for (let at = next(0); at <= text.length - PREFIX; at = next(at + 1)) {
        const whole = endOfMatch(text, at);
        const end = whole === -1 && begins(text, at) ? text.length : whole;
        const last = found.at(-1);
        if (end === -1 || (last !== undefined && end <= last[1])) continue;
        if (last !== undefined && at < last[1]) last[1] = end;
        else found.push([at, end]);
      }
      return found;
    },
    replace(text, limit) {
      if (buckets.size === 0) return text.length > limit ? text.slice(0, limit) : text;
      // A secret that begins before the cut and ends after it must still be recognised.
      const seen = text.length > limit + longest ? text.slice(0, limit + longest) : text;
      const last = Math.min(limit, seen.length) - 1;
      let out = '';
      let kept = 0;
      let covered = 0;
      prepare();
      for (let at = nextAt(seen, 0); at !== -1 && at <= last; at = nextAt(seen, at + 1)) {
        const end = endOfMatch(seen, at);
        if (end <= covered) continue;
        // Overlapping secrets become one mark: nothing of the second may stick out.
        if (at >= covered) out += seen.slice(kept, at) + MARK;
        covered = end;
        kept = end;
      }
      return kept > last ? out : out + seen.slice(kept, last + 1);
    },
  };
}
