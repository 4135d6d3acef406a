/** When a secret is read again. */
export interface Schedule {
  start(): void;
  /** The reading gave a value: the next comes after the span. */
  succeeded(): void;
  /** It did not: the next comes sooner, and later each time. */
  failed(): void;
  stop(): void;
}

const [FIRST_RETRY_MS, LONGEST_MS] = [250, 2_147_483_647];
/** Instances that were started together must not ask together. */
const JITTER = 0.1;

/** Runs something again and again, about `everyMs` apart, until it is stopped; it keeps no process alive. */
export function createSchedule(everyMs: number, run: () => Promise<unknown>): Schedule {
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let running = false;
  const plan = (): void => {
    if (!running) return;
    clearTimeout(timer);
    const span = failures === 0 ? everyMs : Math.min(everyMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 16));
    const jittered = span * (1 - JITTER + 2 * JITTER * Math.random());
    timer = setTimeout(
      () =>
        void run()
          .catch(() => undefined)
          .finally(plan),
      Math.min(jittered, LONGEST_MS),
    ).unref();
  };
  return {
    start() {
      running = true;
      plan();
    },
    succeeded() {
      failures = 0;
      plan();
    },
    failed() {
      failures += 1;
      plan();
    },
    stop() {
      running = false;
      clearTimeout(timer);
    },
  };
}
