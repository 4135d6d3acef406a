import { storeCheckpoint } from './checkpoint-files.ts';
import { signCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { SigningKey } from './note.ts';
import type { Frontier } from './tree.ts';

/** Why a checkpoint is taken: to renew the newest, to be kept, or to begin a segment. */
export type CheckpointPurpose = 'newest' | 'kept' | 'segment';

/** Signs and stores the state of the tree. */
export interface Checkpointer {
  /** Signs the tree as it stands now and stores it after the checkpoints before it. Rejects when it cannot. */
  take(purpose: CheckpointPurpose): Promise<Checkpoint>;
  /** Whether the last attempt to store one succeeded. */
  readonly healthy: boolean;
}

/** Makes the checkpointer of a log. `frontier` must hold durable records only. */
export function createCheckpointer(
  directory: string,
  origin: string,
  key: SigningKey,
  frontier: Frontier,
): Checkpointer {
  let before: Promise<unknown> = Promise.resolve();
  let healthy = true;
  return {
    get healthy() {
      return healthy;
    },
    take(purpose) {
      const checkpoint = signCheckpoint(origin, frontier.size, frontier.root(), key);
      const nodes = purpose === 'segment' ? { nodes: frontier.nodes() } : {};
      const stored = before.then(async () => {
        try {
          await storeCheckpoint(directory, checkpoint, { history: purpose !== 'newest', ...nodes });
          healthy = true;
        } catch (error) {
          healthy = false;
          throw error;
        }
        return checkpoint;
      });
      before = stored.catch(() => undefined);
      return stored;
    },
  };
}
