import type { Recorder } from '../record/event.ts';

/** A recorder for programs that keep no log: tests and benchmarks of other parts. Hosts started by the CLI have a log. */
export const NO_RECORD: Recorder = Object.freeze({
  append: () => Promise.resolve({ index: 0 }),
  note: () => undefined,
  healthy: true,
  close: () => Promise.resolve(),
});
