import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc: unknown = runInNewContext('gc');

/** Collects garbage and gives the bytes that are still in use. */
export function collectGarbage(): number {
  if (typeof gc === 'function') gc();
  return process.memoryUsage().heapUsed;
}
