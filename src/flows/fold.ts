const ASCII = /^[\0-\x7f]*$/;

/** Letters of other scripts that pass for Latin ones, after lower-casing. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
  ['\u0430', 'a'],
  ['\u0435', 'e'],
  ['\u043e', 'o'],
  ['\u0440', 'p'],
  ['\u0441', 'c'],
  ['\u0443', 'y'],
  ['\u0445', 'x'],
  ['\u0456', 'i'],
  ['\u0458', 'j'],
  ['\u0455', 's'],
  ['\u04bb', 'h'],
  ['\u0501', 'd'],
  ['\u051b', 'q'],
  ['\u03bf', 'o'],
  ['\u03b1', 'a'],
  ['\u03b9', 'i'],
  ['\u03bd', 'v'],
  ['\u03c1', 'p'],
  ['\u0131', 'i'],
]);
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
