import type { Settings } from '../../pipeline/settings.ts';
import { findStartingWord, isInterpreter } from './interpreters.ts';
import { wordProblem, type WordPlace } from './words.ts';

/** A process as the operating system starts it: one program, and its arguments word by word. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** What stands between the arguments of a call and a command line. */
export interface NoShell {
  /**
   * Why a program may not be run, `undefined` when it may.
   * @param names Every name by which it goes: as declared, as mapped, and what its links lead to.
   * @param words The fixed words of its arguments.
   */
  programProblem(names: readonly string[], words: readonly string[]): string | undefined;
  /** Why a value may not become a word of the arguments, `undefined` when it may. The value is not in it. */
  wordProblem(value: string, place: WordPlace): string | undefined;
  /** How a program is started. */
  command(program: string, words: readonly string[]): Command;
}

/**
 * Starts programs without a shell, each value as one word that can be no option, response file or control character
 * (CWE-78, CWE-88).
 */
export function configure({ weakened }: Pick<Settings, 'weakened'>): NoShell {
  return weakened.has('no-shell') ? OPEN : CLOSED;
}

const CLOSED: NoShell = Object.freeze({
  programProblem(names: readonly string[], words: readonly string[]): string | undefined {
    const interpreter = names.find(isInterpreter);
    if (interpreter !== undefined) return `"${interpreter}" runs whatever text or program it is given`;
    const starting = names.map((name) => findStartingWord(name, words)).find((word) => word !== undefined);
    return starting === undefined ? undefined : `"${starting}" makes it start another program`;
  },
  wordProblem,
  command: (file: string, args: readonly string[]): Command => ({ file, args }),
});

const OPEN: NoShell = Object.freeze({
  programProblem: () => undefined,
  wordProblem: () => undefined,
  command: (program: string, words: readonly string[]): Command => ({
    file: '/bin/sh',
    args: ['-c', [program, ...words].join(' ')],
  }),
});
