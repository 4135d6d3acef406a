import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something holds, for what the kernel or another process does in its own time; the limit of the test ends it. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(5);
}
