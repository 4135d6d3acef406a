/** One fault of a policy file: where it is, what is wrong and how to mend it. */
export interface PolicyProblem {
  readonly file: string;
  /** One-based. */
  readonly line: number;
  /** One-based, in characters. */
  readonly column: number;
  readonly message: string;
}

/** The policies cannot be used; the message has one line `file:line:column: what` per fault. */
export class PolicyError extends TypeError {
  override readonly name = 'PolicyError';
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super(
      problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${visible(message)}`).join('\n'),
    );
    this.problems = Object.freeze([...problems]);
  }
}

/** Where an offset in bytes of UTF-8 is in a text. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = Buffer.from(text).subarray(0, offset).toString('utf8');
  const lines = before.split('\n');
  return { line: lines.length, column: Array.from(lines.at(-1) ?? '').length + 1 };
}

/** INVARIANT: nothing that stands in a file can move the cursor or look like something else. */
function visible(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
