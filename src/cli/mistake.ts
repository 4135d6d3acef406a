import { ConfigError } from '../config/problem.ts';
import { PolicyError } from '../policy/problem.ts';

/** Something that the person at the terminal can mend: told in a sentence, without a stack. */
export class Mistake extends Error {
  override readonly name = 'Mistake';
}

/** Writes why a command failed to standard error. The stack is for `--debug`. */
export function complain(error: unknown, debug: boolean): void {
  const text = error instanceof Error ? error.message : String(error);
  // Its lines begin with file:line:column, which terminals make a link of.
  process.stderr.write(
    error instanceof ConfigError || error instanceof PolicyError ? `${text}\n` : `portcullis: ${text}\n`,
  );
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}

/** What went wrong in a module of the user's: the message, and the place in that module when the stack tells it. */
export function whereIn(error: unknown, fileUrl: string): string {
  if (!(error instanceof Error)) return 'a value that is no Error was thrown';
  const message = error.message.split('\n').slice(0, 20).join('\n');
  const stack = error.stack ?? '';
  const at = stack.indexOf(`${fileUrl}:`);
  const place = at === -1 ? undefined : /^:(\d+)/.exec(stack.slice(at + fileUrl.length));
  return place?.[1] === undefined ? message : `${message} (line ${place[1]})`;
}
