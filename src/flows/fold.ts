const ASCII = /^[\0-\x7f]*$/;

/** Letters of other scripts that pass for Latin ones, after lower-casing. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  [
    ...'\u0430a\u0435e\u043eo\u0440p\u0441c\u0443y\u0445x\u0456i\u0458j\u0455s\u04bbh\u0501d\u051bq\u03bfo\u03b1a\u03b9i\u03bdv\u03c1p\u0131i',
  ].reduce<[string, string][]>(
    (pairs, letter, at, all) => (at % 2 === 0 ? [...pairs, [letter, all[at + 1] ?? letter]] : pairs),
    [],
  ),
);
const LOOK_ALIKE = new RegExp(`[${[...LOOK_ALIKES.keys()].join('')}]`, 'gu');

/**
 * Reduces a text to what carries its meaning: letters and digits in lower case. Case, spacing, punctuation, accents,
 * zero-width characters, full-width and look-alike letters make no difference.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')
    .replaceAll(LOOK_ALIKE, (letter) => LOOK_ALIKES.get(letter) ?? letter);
}

/** Every text and number in a value, in order; keys are the schema's, not the caller's. */
export function leavesOf(value: unknown, skip: ReadonlySet<string> = new Set()): readonly string[] {
  const found: string[] = [];
  const visit = (member: unknown): void => {
    if (typeof member === 'string') found.push(member);
    else if (typeof member === 'number' || typeof member === 'bigint') found.push(String(member));
    else if (Array.isArray(member)) member.forEach(visit);
    else if (typeof member === 'object' && member !== null) {
      for (const [key, inner] of Object.entries(member)) if (!skip.has(key)) visit(inner);
    }
  };
  visit(value);
  return found;
}
