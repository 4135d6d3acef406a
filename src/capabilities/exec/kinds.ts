import { compilePattern, patternFacts } from '../../schema/pattern.ts';
import { refuseUnknownOptions } from '../../options.ts';

/** What a value of the arguments must be. `T` is what the handler gives for it. */
export interface TextKind<T extends string | number> {
  readonly kind: 'text';
  /** Whether a minus sign can stand in front, and nothing else that could be an option. */
  readonly number: boolean;
  /** Longest word that it makes, in UTF-16 units. */
  readonly maxLength: number;
  /** What is declared, for manifests: JSON. */
  readonly declares: Readonly<Record<string, unknown>>;
  /** The word that a value becomes, or `undefined` when it is not of this kind. */
  word(value: unknown): string | undefined;
  /** Carries the type and nothing else. */
  readonly type?: T;
}

/** Bytes that the capability writes to a file of the call's own; the program gets its path. */
export interface InputFileKind {
  readonly kind: 'input';
  readonly maxBytes: number;
  readonly suffix: string;
}

/** A file of the call's own that the program is told to write; the handler gets its bytes. */
export interface OutputFileKind {
  readonly kind: 'output';
  readonly maxBytes: number;
  readonly suffix: string;
}

/** Bounds of a file. */
export interface FileOptions {
  readonly maxBytes: number;
  /** What its name ends with: `.pdf`. Programs that go by it see this and nothing else. */
  readonly suffix?: string;
}

/** Longest single word, below what the operating system takes (128 KiB). */
const MOST_LENGTH = 32_768;
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * A text of 1 to `maxLength` characters. It may hold spaces and anything that a shell would act on, as there is none; it
 * cannot begin with a dash, `+` or `@`, nor hold control characters.
 * @throws TypeError on an option that does not exist, or a bound that is out of range.
 */
export function text(options: { readonly maxLength: number }): TextKind<string> {
  refuseUnknownOptions('arg.text', options, ['maxLength']);
  const maxLength = whole('arg.text, maxLength', options.maxLength, 1, MOST_LENGTH);
  return textKind({ kind: 'text', maxLength }, maxLength, (value) => value.length <= maxLength);
}

/**
 * A text that a regular expression describes from `^` to `$`. It is matched in linear time.
 * @throws TypeError when it is not anchored at both ends, cannot be run in linear time, or is not bounded.
 */
export function pattern(source: string, options: { readonly maxLength?: number } = {}): TextKind<string> {
  refuseUnknownOptions('arg.pattern', options, ['maxLength']);
  const compiled = compilePattern(source);
  if (!source.startsWith('^') || !source.endsWith('$') || /(?<!\\)(?:\\\\)*\\\$$/.test(source))
    throw new TypeError(`arg.pattern: "${source}" must begin with ^ and end with $.`);
  const longest = options.maxLength ?? patternFacts(source).maxLength;
  if (!Number.isFinite(longest))
    throw new TypeError(`arg.pattern: "${source}" has no longest match. Give { maxLength }.`);
  const maxLength = whole('arg.pattern, maxLength', longest, 1, MOST_LENGTH);
  // An alternative without a group would be anchored at one end only.
  const whole_ = compilePattern(`^(?:${source.slice(1, -1)})$`);
  return textKind(
    { kind: 'pattern', pattern: source, maxLength },
    maxLength,
    (value) => value.length <= maxLength && whole_.test(value) && compiled.test(value),
  );
}

/**
 * One of some fixed words.
 * @throws TypeError when there is none, or one is not a text.
 */
export function oneOf<const T extends string>(words: readonly T[]): TextKind<T> {
  if (!Array.isArray(words) || words.length === 0) throw new TypeError('arg.oneOf: name at least one word.');
  const known: ReadonlySet<string> = new Set(words);
  for (const word of known) {
    if (typeof word !== 'string' || word === '' || word.length > MOST_LENGTH)
      throw new TypeError('arg.oneOf: every word is a text that is not empty.');
  }
  const maxLength = Math.max(...[...known].map((word) => word.length));
  return textKind({ kind: 'oneOf', words: [...known] }, maxLength, (value) => known.has(value)) as TextKind<T>;
}

/**
 * A whole number between two others.
 * @throws TypeError when the range is not one.
 */
export function integer(options: { readonly min: number; readonly max: number }): TextKind<number> {
  refuseUnknownOptions('arg.integer', options, ['min', 'max']);
  const min = whole('arg.integer, min', options.min, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const max = whole('arg.integer, max', options.max, min, Number.MAX_SAFE_INTEGER);
  return Object.freeze({
    kind: 'text',
    number: true,
    maxLength: 17,
    declares: Object.freeze({ kind: 'integer', min, max }),
    word: (value: unknown) =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
        ? String(Object.is(value, -0) ? 0 : value)
        : undefined,
  });
}

/** Bytes that are written to a file in the call's own folder; the program gets its path. */
export function inputFile(options: FileOptions): InputFileKind {
  return Object.freeze({ kind: 'input', ...fileOptions('arg.inputFile', options) });
}

/** A file in the call's own folder that the program writes; the handler gets what is in it. */
export function outputFile(options: FileOptions): OutputFileKind {
  return Object.freeze({ kind: 'output', ...fileOptions('arg.outputFile', options) });
}

function fileOptions(where: string, options: FileOptions): { readonly maxBytes: number; readonly suffix: string } {
  refuseUnknownOptions(where, options, ['maxBytes', 'suffix']);
  const { suffix = '' } = options;
  if (!/^(?:\.[a-z0-9]{1,16}){0,3}$/.test(suffix)) throw new TypeError(`${where}, suffix: write it like ".pdf".`);
  return { maxBytes: byteBound(`${where}, maxBytes`, options.maxBytes), suffix };
}

/**
 * A bound in bytes, from 1 to 256 MiB.
 * @throws TypeError when it is not.
 */
export function byteBound(where: string, value: number): number {
  return whole(where, value, 1, MOST_BYTES);
}

function textKind(
  declares: Readonly<Record<string, unknown>>,
  maxLength: number,
  fits: (value: string) => boolean,
): TextKind<string> {
  return Object.freeze({
    kind: 'text',
    number: false,
    maxLength,
    declares: Object.freeze(declares),
    word: (value: unknown) => (typeof value === 'string' && fits(value) ? value : undefined),
  });
}

function whole(where: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`${where}: give a whole number from ${min} to ${max}.`);
}
