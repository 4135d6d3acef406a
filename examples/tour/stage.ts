import { styleText } from 'node:util';

/** The tour's stage: it prints what happens, and remembers what did not happen as it should. */
export interface Stage {
  heading(text: string): void;
  /** One fact and whether it is as expected. */
  expect(what: string, found: string, holds: boolean): void;
  /** A line below the last fact. */
  note(text: string): void;
  readonly failures: number;
}

type Style = Parameters<typeof styleText>[0];

/** Writes to standard output, coloured when that is a terminal. */
export function createStage(): Stage {
  const { stdout } = process;
  const paint = (style: Style, text: string): string =>
    styleText(style, text, { stream: stdout, validateStream: true });
  let failures = 0;
  return {
    heading: (text) => void stdout.write(`\n${paint('bold', text)}\n`),
    expect(what, found, holds) {
      if (!holds) failures += 1;
      const mark = holds ? paint('green', 'ok  ') : paint('red', 'FAIL');
      stdout.write(`  ${mark}  ${what.padEnd(40)} ${found}\n`);
    },
    note: (text) => void stdout.write(`        ${paint('dim', text)}\n`),
    get failures() {
      return failures;
    },
  };
}
