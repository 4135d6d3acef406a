import { complain } from './mistake.ts';

/** What ends a running command, last opened first. */
export interface Closing {
  /** Registers something to close. */
  add(close: () => Promise<void> | void): void;
  /** Closes everything once. Failures are told and do not keep the rest from closing. */
  run(): Promise<void>;
}

/** Collects what a command opened. */
export function createClosing(): Closing {
  const closes: (() => Promise<void> | void)[] = [];
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (;;) {
      const close = closes.pop();
      if (close === undefined) return;
      try {
        await close();
      } catch (error) {
        complain(error, false);
        process.exitCode = 1;
      }
    }
  };
  return { add: (close) => void closes.push(close), run: () => (running ??= run()) };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Resolves at the first signal that asks the process to end; a second exits at once. Ask for it before anything is
 * opened: a signal while the command starts then waits for the start, and nothing is left half open.
 */
export function whenStopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve();
      });
    }
  });
}
