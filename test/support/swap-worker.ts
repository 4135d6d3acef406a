import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';

/*
 * Swaps, as fast as one thread can, until told to stop:
 * `way` between a folder and a link to a folder outside, `note` between a file and a link to a file outside.
 */

/** Where to swap, and two counters: whether to stop, and how often was swapped. */
export interface SwapOrder {
  readonly root: string;
  readonly outside: string;
  readonly shared: SharedArrayBuffer;
}

const { root, outside, shared }: SwapOrder = workerData;
const counters = new Int32Array(shared);
const at = (name: string): string => join(root, name);

mkdirSync(at('way/deep'), { recursive: true });
writeFileSync(at('way/note'), 'inside');
writeFileSync(at('way/deep/note'), 'inside');
symlinkSync(outside, at('link'));
writeFileSync(at('note'), 'inside');
Atomics.store(counters, 1, 1);
Atomics.notify(counters, 1);
/** A folder that is made where the name was missing for a moment goes again, also while something is written into it. */
function move(from: string, to: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt > 1) rmSync(at(to), { recursive: true, force: true });
      renameSync(at(from), at(to));
      return;
    } catch (error) {
      if (attempt === 10_000) throw error;
    }
  }
}

while (Atomics.load(counters, 0) === 0) {
  move('way', 'kept');
  move('link', 'way');
  symlinkSync(join(outside, 'note'), at('next'));
  renameSync(at('next'), at('note'));
  move('way', 'link');
  move('kept', 'way');
  writeFileSync(at('next'), 'inside');
  renameSync(at('next'), at('note'));
  Atomics.add(counters, 1, 1);
}
unlinkSync(at('link'));
