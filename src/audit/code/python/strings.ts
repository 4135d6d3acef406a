/** What the text of one string literal says. */
export interface StringText {
  readonly value: string;
  /** Lower case: `r`, `b`, `f`, `rb`, ... */
  readonly prefix: string;
}

const LITERAL = /^([a-z]{0,2})("""|'''|"|')([^]*)\2$/i;

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['0', '\0'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['\n', ''],
]);

/** Reads a literal with its quotes; what is none is given back as it is. */
export function readString(literal: string): StringText {
  const [, prefix = '', , inside] = LITERAL.exec(literal) ?? [];
  if (inside === undefined) return { value: literal, prefix: '' };
  const lower = prefix.toLowerCase();
  return { value: lower.includes('r') ? inside : unescape(inside), prefix: lower };
}

/** Resolves escapes (Python language reference, 2.4.1.1); unknown ones stay, as they do in Python. */
export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3})|([^]))/gi,
    (whole, byte?: string, short?: string, long?: string, octal?: string, single?: string) => {
      const hex = byte ?? short ?? long;
      const code = hex === undefined ? (octal === undefined ? undefined : parseInt(octal, 8)) : parseInt(hex, 16);
      if (code !== undefined) return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
      return SIMPLE.get(single ?? '') ?? whole;
    },
  );
}
