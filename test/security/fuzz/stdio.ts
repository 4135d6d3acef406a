import { createInterface } from 'node:readline';
import { makeLine } from './requests.ts';
import { startStream } from './subject.ts';
import { judgeLine } from './verdict.ts';

/** Milliseconds that the answers to one chunk may take on a slow machine. */
const HANG_MS = 60_000;
/** Lines written before their answers are waited for. */
const CHUNK = 500;

/** Requests that wait for their answer, by id. */
class Waiting {
  readonly #ids = new Map<unknown, number>();
  #done: (() => void) | undefined;

  add(id: string | number): void {
    this.#ids.set(id, (this.#ids.get(id) ?? 0) + 1);
  }

  answered(id: unknown): void {
    const left = (this.#ids.get(id) ?? 0) - 1;
    if (left > 0) this.#ids.set(id, left);
    else this.#ids.delete(id);
    if (this.#ids.size === 0) this.#done?.();
  }

  /** @throws Error that names what is still unanswered after a minute. */
  all(where: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${[...this.#ids.keys()].join(' ')}: ${where}`)),
        HANG_MS,
      );
      this.#done = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#ids.size === 0) this.#done();
    });
  }
}

/**
 * Writes the lines `from` up to `to` and judges every line that comes back; each whole request must be answered.
 * @throws Error that names the seed, and the chunk in which a line is wrong.
 */
export async function fuzzStdio(seed: number, from: number, to: number): Promise<number> {
  const { host, input, output } = await startStream();
  const waiting = new Waiting();
  let judged = 0;
  let problem: string | undefined;
  const lines = createInterface({ input: output });
  lines.on('line', (line) => {
    judged += 1;
    const verdict = judgeLine(line);
    if ('problem' in verdict) problem ??= `${verdict.problem}\n${line.slice(0, 2_000)}`;
    else waiting.answered(verdict.id);
  });
  try {
    for (let at = from; at < to; at += CHUNK) {
      const end = Math.min(to, at + CHUNK);
      const where = `seed ${seed}, lines ${at} to ${end}`;
      for (let index = at; index < end; index += 1) {
        const { line, id } = makeLine(seed, index);
        if (id !== undefined) waiting.add(id);
        input.write(line);
        input.write('\n');
      }
      await waiting.all(where).catch((error: unknown) => {
        throw problem === undefined ? error : new Error(`${problem}\n${where}`);
      });
      if (problem !== undefined) throw new Error(`${problem}\n${where}`);
    }
  } finally {
    input.end();
    await host.ended;
    await host.close();
    lines.close();
  }
  return judged;
}
