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
  /** Changes whenever the set of secrets does: what was cached under another version is void. */
  readonly version: number;
}

const MARK = '[secret]';
const SHORTEST = 6;
/** Forms are found by a hash of their first four characters. */
const PREFIX = 4;

const fold = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code);

const hashAt = (text: string, at: number): number => {
  const a = fold(text.charCodeAt(at));
  const b = fold(text.charCodeAt(at + 1));
  const c = fold(text.charCodeAt(at + 2));
  const d = fold(text.charCodeAt(at + 3));
  return (a ^ (b << 4) ^ (c << 8) ^ (d << 11)) & 0xffff;
};

/** Base64 of the secret wherever it lies in a longer encoded text: three alignments, less the characters it shares. */
function base64Forms(bytes: Buffer): string[] {
  const forms: string[] = [bytes.toString('base64'), bytes.toString('base64url')];
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = shift === 0 ? 0 : shift + 1;
    const shared = ((shift + bytes.length) * 8) % 6 === 0 ? 0 : 1;
    const inner = text.slice(from, text.length - shared);
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

const hexEscape = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

function urlForms(secret: string, bytes: Buffer): string[] {
  const component = encodeURIComponent(secret.toWellFormed());
  const strict = component.replace(/[!'()*]/g, hexEscape);
  const form = component.replace(/[!'()~]/g, hexEscape).replaceAll('%20', '+');
  const path = encodeURI(secret.toWellFormed());
  const every = bytes.toString('hex').replace(/../g, '%$&');
  return [component, strict, form, path, every];
}

/** ASCII-only JSON text of a string, without its quotes. */
function jsonForms(secret: string): string[] {
  const plain = JSON.stringify(secret).slice(1, -1);
  return [plain, plain.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)];
}

/** Every text that gives the secret away, in lower case (ASCII), longest first. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const all = [secret, bytes.toString('hex'), ...base64Forms(bytes), ...urlForms(secret, bytes), ...jsonForms(secret)];
  const folded = all.map((form) => form.replace(/[A-Z]/g, (c) => c.toLowerCase()));
  return [...new Set(folded)].filter((form) => form.length >= PREFIX);
}

/** Makes a test of whether a text holds one secret, in any of its usual encodings. One that is too short is never held. */
export function createHolds(secret: string): (text: string) => boolean {
  const forms = secret.length < SHORTEST ? [] : formsOf(secret);
  return (text) => {
    const folded = text.toLowerCase();
    return forms.some((form) => folded.includes(form));
  };
}

function matches(text: string, at: number, form: string): boolean {
  if (at + form.length > text.length) return false;
  for (let i = 0; i < form.length; i++) {
    if (fold(text.charCodeAt(at + i)) !== form.charCodeAt(i)) return false;
  }
  return true;
}

/** An empty registry. Memory: about ten forms per secret. */
export function createRegistry(): SecretRegistry {
  /** INVARIANT: `present[h]` counts the forms under hash `h`, so that most positions cost one look-up. */
  const present = new Uint16Array(65_536);
  const buckets = new Map<number, Map<string, number>>();
  let longest = 0;
  let version = 0;

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
      const forms = formsOf(secret);
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
    replace(text, limit) {
      if (buckets.size === 0) return text.length > limit ? text.slice(0, limit) : text;
      // A secret that begins before the cut and ends after it must still be recognised.
      const seen = text.length > limit + longest ? text.slice(0, limit + longest) : text;
      const last = Math.min(limit, seen.length) - 1;
      let out = '';
      let kept = 0;
      let covered = 0;
      for (let at = 0; at <= last && at <= seen.length - PREFIX; at++) {
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
