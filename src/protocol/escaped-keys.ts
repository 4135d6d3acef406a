/**
 * Reads a JSON text whose keys hold escapes, or gives `undefined` when an object names a key twice.
 *
 * V8 13.6 takes an escaped key for a longer-known one whose raw beginning it shares: after some text had the key `\`, it
 * reads the key of `{"a":1,"\u0062":1}` as `\` (nodejs/node issue 63785). A peer could so change what the messages of
 * others mean. Keys are decoded one by one here, as strings, which that fault does not reach.
 * @param text A text that `JSON.parse` accepts, nested no deeper than the caller lets it be.
 */
export function parseEscapedKeys(text: string): { readonly value: unknown } | undefined {
  const reader = new Reader(text);
  const value = reader.value();
  return reader.duplicate ? undefined : { value };
}

const SCALAR = /[^\s,\]}]+/y;

/** INVARIANT: the grammar has been checked, so that only the ends of tokens have to be found. */
class Reader {
  duplicate = false;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    const first = this.#peek();
    if (first === '{') return this.#object();
    if (first === '[') return this.#list();
    if (first === '"') return this.#string();
    SCALAR.lastIndex = this.#at;
    const scalar = SCALAR.exec(this.#text)?.[0] ?? '';
    this.#at += scalar.length;
    return JSON.parse(scalar);
  }

  #object(): unknown {
    const entries = new Map<string, unknown>();
    this.#at += 1;
    while (this.#peek() !== '}') {
      if (this.#peek() === ',') this.#at += 1;
      this.#peek();
      const key = this.#string();
      this.#peek();
      this.#at += 1;
      if (entries.has(key)) this.duplicate = true;
      entries.set(key, this.value());
    }
    this.#at += 1;
    return Object.fromEntries(entries);
  }

  #list(): unknown {
    const items: unknown[] = [];
    this.#at += 1;
    while (this.#peek() !== ']') {
      if (this.#peek() === ',') this.#at += 1;
      items.push(this.value());
    }
    this.#at += 1;
    return items;
  }

  #string(): string {
    const start = this.#at;
    this.#at = endOfString(this.#text, start) + 1;
    return String(JSON.parse(this.#text.slice(start, this.#at)));
  }

  /** Steps over blanks and gives the character there. */
  #peek(): string {
    while (' \n\r\t'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at += 1;
    return this.#text.charAt(this.#at);
  }
}

/** Index of the quote that ends the string that begins at `start`; the text's length when none does. */
export function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end === -1) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
}
