import type { Readable } from 'node:stream';

/** What becomes of the lines of a stream. */
export interface LineHandler {
  line(line: Buffer): void;
  /** A line was longer than the limit; the rest of it is skipped. */
  tooLong(): void;
}

/** Splits a byte stream at newlines, holding at most `most` bytes of an unfinished line. Empty lines are skipped. */
export function readLines(input: Readable, most: number, handler: LineHandler): { readonly ended: Promise<void> } {
  let held: Buffer[] = [];
  let size = 0;
  let skipping = false;
  const take = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= most) held.push(chunk);
    else if (!skipping) {
      skipping = true;
      held = [];
      handler.tooLong();
    }
  };
  const finish = () => {
    const line = held.length === 1 ? held[0] : Buffer.concat(held);
    const whole = !skipping && line !== undefined ? trimReturn(line) : undefined;
    [held, size, skipping] = [[], 0, false];
    if (whole !== undefined && whole.length > 0) handler.line(whole);
  };
  input.on('data', (chunk: Buffer | string) => {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (;;) {
      const end = rest.indexOf(0x0a);
      if (end === -1) break;
      take(rest.subarray(0, end));
      finish();
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) take(rest);
  });
  return {
    ended: new Promise((resolve) => {
      input.once('end', () => {
        finish();
        resolve();
      });
      input.once('close', resolve);
      // An input that breaks has ended; unheard, its error would end the process before what is open is closed.
      input.on('error', () => resolve());
    }),
  };
}

function trimReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
