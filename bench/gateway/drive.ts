import type { Subject } from './subjects.ts';

/** What a run of calls came to. */
export interface Driven {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

let next = 1;

/**
 * Calls a subject for some seconds, with so many callers at once, each of which takes its turn with every upstream.
 * @throws Error with the first answer that was not as it has to be.
 */
export async function drive(subject: Subject, callers: number, seconds: number): Promise<Driven> {
  const times: number[] = [];
  const { lanes, close } = subject.open(callers);
  const began = performance.now();
  const end = began + seconds * 1_000;
  try {
    await Promise.all(
      lanes.map(async (calls, lane) => {
        for (let turn = lane; performance.now() < end; turn++) {
          const before = performance.now();
          await calls[turn % calls.length]?.(next++);
          times.push(performance.now() - before);
        }
      }),
    );
  } catch (error) {
    throw new Error(subject.name, { cause: error });
  } finally {
    close();
  }
  const elapsed = (performance.now() - began) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { perSecond: times.length / elapsed, medianMs: at(0.5), p99Ms: at(0.99) };
}

/** Calls every upstream of a subject once, some at a time: the first call starts it. */
export async function introduce(subject: Subject): Promise<void> {
  const { lanes, close } = subject.open(AT_ONCE);
  await Promise.all(
    lanes.map(async (calls, lane) => {
      for (let at = lane; at < calls.length; at += AT_ONCE) await calls[at]?.(next++);
    }),
  );
  close();
}

const AT_ONCE = 4;

/** The middle one of some numbers. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
