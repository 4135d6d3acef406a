/** One fault of a configuration file: where it is, what is wrong and how to mend it. */
export interface ConfigProblem {
  /** One-based. */
  readonly line: number;
  /** One-based, in characters. */
  readonly column: number;
  readonly message: string;
}

/** The configuration cannot be used; the message has one line `file:line:column: what` per fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const ordered = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    super(ordered.map(({ line, column, message }) => `${file}:${line}:${column}: ${visible(message)}`).join('\n'));
    this.problems = Object.freeze(ordered);
  }
}

/** INVARIANT: nothing that stands in a file can move the cursor or look like something else. */
function visible(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
