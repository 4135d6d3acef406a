import { createBatcher } from './batch.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Checkpointer, CheckpointPurpose } from './checkpointer.ts';
import type { Recovered } from './recover.ts';
import type { SegmentWriter } from './writer.ts';

/** Gives records their place in the log and in the tree. */
export interface Committer {
  /** Durable records. */
  readonly size: number;
  /** Records that a kept checkpoint signs. */
  readonly kept: number;
  /** Writes bodies as the next records, durably. After a rejection none of them is in the log. One at a time. */
  commit(bodies: readonly string[]): Promise<void>;
  /** Signs the durable records. */
  sign(purpose: CheckpointPurpose): Promise<Checkpoint>;
}

/** Makes the committer that goes on where a log was left. */
export function createCommitter(
  recovered: Recovered,
  writer: SegmentWriter,
  checkpointer: Checkpointer,
  segmentBytes: number,
): Committer {
  const { frontier } = recovered;
  const fill = createBatcher();
  let { size, prev, signed: kept } = recovered;
  /** Leaves of durable records that the tree has not taken in yet: it does while the disk works. */
  let unfolded: readonly string[] = [];

  const fold = (): void => {
    for (const leaf of unfolded) frontier.add(leaf);
    unfolded = [];
  };

  const sign = (purpose: CheckpointPurpose): Promise<Checkpoint> => {
    fold();
    if (purpose !== 'newest') kept = frontier.size;
    return checkpointer.take(purpose);
  };

  return {
    get size() {
      return size;
    },
    get kept() {
      return kept;
    },
    sign,
    async commit(bodies) {
      if (writer.bytes >= segmentBytes) {
        await sign('segment');
        await writer.rotate(size);
      }
      const batch = fill(bodies, size, prev);
      const written = writer.write(batch.data, batch.offset, batch.length);
      fold();
      await written;
      size += batch.leaves.length;
      prev = batch.leaves.at(-1) ?? prev;
      unfolded = batch.leaves;
    },
  };
}
