/** Where a value stands among the arguments. */
export interface WordPlace {
  /** `--name=value`: the value does not begin its word, so a dash in front of it is no option. */
  readonly joined: boolean;
  /** Behind a `--` that the program understands. */
  readonly afterSeparator: boolean;
  /** A whole number: its minus sign is the only thing that can stand in front. */
  readonly number: boolean;
}

/**
 * C0 and C1 controls, the line and paragraph separators, and halves of surrogate pairs: they end words, lines or the
 * argument (CWE-158), and drive terminals.
 */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Every dash, as conversions of character sets turn some into the plain one (CVE-2024-4577). */
const OPTION = /^[\p{Pd}\u00ad\u2212+\uff0b\u207a\u208a\ufb29]/u;

/** `@file` and its wide form: many programs read the named file in its place. */
const RESPONSE_FILE = /^[@\uff20\ufe6b]/u;

/** A bar at either end: a pipe to whatever opens files as Perl does. */
const PIPE = /^\s*[|\uff5c]|[|\uff5c]\s*$/u;

/** Why a value may not be a word of a program's arguments; the value is not in it. */
export function wordProblem(value: string, { joined, afterSeparator, number }: WordPlace): string | undefined {
  if (value === '') return 'is empty';
  if (CONTROL.test(value)) return 'holds a control character';
  if (number) return value.startsWith('-') && !joined && !afterSeparator ? 'would be taken for an option' : undefined;
  if (RESPONSE_FILE.test(value)) return 'would be taken for the name of a file to read';
  if (PIPE.test(value)) return 'would be taken for a pipe';
  return !joined && OPTION.test(value) ? 'would be taken for an option' : undefined;
}
