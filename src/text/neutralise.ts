/**
 * Characters that a reader does not see or that a terminal obeys: controls but tab, line feed and carriage return; the
 * default ignorables of Unicode (zero-width, bidi, tags, variation selectors, fillers, soft hyphen, BOM, invisible
 * operators); line and paragraph separators; interlinear annotation; lone surrogates.
 */
const HIDDEN =
  '\\0-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F\\u2028\\u2029\\uFFF9-\\uFFFB\\p{Default_Ignorable_Code_Point}\\p{Cs}';

/** Scripts whose words change meaning without joiners (Unicode 17, chapters 9, 12, 13 and 16). */
const JOINING = [
  'Arabic',
  'Syriac',
  'Nko',
  'Mongolian',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Oriya',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Khmer',
  'Myanmar',
]
  .map((script) => `\\p{scx=${script}}`)
  .join('');

const EMOJI = '\\p{Extended_Pictographic}(?:[\\u{1F3FB}-\\u{1F3FF}]|[\\uFE0E\\uFE0F])?';

// What is kept as it is; everything hidden outside of it goes.
const KEPT = [
  // The flags of England, Scotland and Wales: the only tag sequences that Unicode recommends for interchange.
  '\\u{1F3F4}\\u{E0067}\\u{E0062}(?:\\u{E0065}\\u{E006E}\\u{E0067}|\\u{E0073}\\u{E0063}\\u{E0074}|\\u{E0077}\\u{E006C}\\u{E0073})\\u{E007F}',
  // Emoji joined by U+200D (Unicode Technical Standard 51), and keycaps.
  `${EMOJI}(?:\\u200D${EMOJI})*`,
  '[0-9#*]\\uFE0F\\u20E3',
  // One joiner between two letters of a script that needs it.
  `(?<=[${JOINING}])[\\u200C\\u200D](?=[${JOINING}])`,
].join('|');

const ANSI = [
  // ECMA-48 section 5.4: control sequences; section 5.6: control strings, whose body may not hold another introducer
  // (or many of them without an end would cost quadratic time); then two-character escapes.
  '(?:\\x1B\\[|\\x9B)[0-?]{0,64}[ -/]{0,8}[@-~]',
  '(?:\\x1B[\\]PX^_]|[\\x9D\\x90\\x98\\x9E\\x9F])[^\\x07\\x1B\\x90\\x98\\x9C-\\x9F]*(?:\\x07|\\x1B\\\\|\\x9C)',
  '\\x1B[ -/]{0,8}[0-~]',
].join('|');

// Without Unicode mode, which costs twice the time: every unit of HIDDEN, and every surrogate.
const QUICK = new RegExp(
  '[\\0-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F\\xAD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F' +
    '\\u3164\\uD800-\\uDFFF\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB]',
);
const SUSPECT = new RegExp(`[${HIDDEN}]`, 'u');
const TOKENS = new RegExp(`(${KEPT})|(?:${ANSI})|([${HIDDEN}])`, 'gu');

/** Whether a text holds anything that `neutralise` would change. */
export function hasHidden(text: string): boolean {
  return QUICK.test(text) && neutralise(text) !== text;
}

/**
 * Takes out of a text what its reader cannot see (VAL-09). Invisible characters and terminal sequences are removed, so
 * that a word split by them is whole again for every later check; other controls are shown, like `\u{8}`; line and
 * paragraph separators become a line feed; a lone surrogate becomes U+FFFD. Kept: emoji with their joiners and
 * presentation selectors, three flags, keycaps, and single joiners inside words of Arabic and Indic scripts. Ideographic
 * variation selectors go, because each could carry a byte unseen. Idempotent, linear in the text.
 */
export function neutralise(text: string): string {
  if (!QUICK.test(text) || !SUSPECT.test(text)) return text;
  return text.replaceAll(TOKENS, (_match, kept: string | undefined, hidden: string | undefined) => {
    if (kept !== undefined) return kept;
    return hidden === undefined ? '' : shown(hidden);
  });
}

function shown(hidden: string): string {
  const code = hidden.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return `\\u{${code.toString(16)}}`;
  if (code === 0x2028 || code === 0x2029) return '\n';
  return code >= 0xd800 && code <= 0xdfff ? '\ufffd' : '';
}

const EVERY_HIDDEN = new RegExp(`[${HIDDEN}]`, 'gu');

/**
 * Shows what a reader cannot see instead of taking it out: each hidden character becomes `\u{202e}`, those inside emoji
 * and words as well. For text that someone is to decide on as it is.
 */
export function reveal(text: string): string {
  return text.replaceAll(EVERY_HIDDEN, (hidden) => `\\u{${(hidden.codePointAt(0) ?? 0).toString(16)}}`);
}
