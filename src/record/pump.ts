import { randomBytes } from 'node:crypto';
import type { CheckpointPurpose } from './checkpointer.ts';
import type { Committer } from './committer.ts';
import type { Queue, Turn } from './queue.ts';
import type { Serialiser } from './serialise.ts';
import { codeOf, type Troubles } from './troubles.ts';

/** Carries what is queued to the disk, one batch at a time, and sees to checkpoints. */
export interface Pump {
  /** Something was queued: see to it before the event loop's next turn. */
  wake(): void;
  /** Writes all that is queued and stops; resolves once nothing is under way. */
  drain(): Promise<void>;
}

/** What a pump works with. */
export interface PumpParts {
  readonly queue: Queue;
  readonly committer: Committer;
  readonly serialiser: Serialiser;
  readonly troubles: Troubles;
  readonly checkpointEvery: number;
  readonly tell: (detail: string) => void;
}

/** The newest checkpoint is at most this old, in milliseconds, while records arrive. */
const CHECKPOINT_AGE = 1000;
/** After a failed write the next attempt is made by the next event, or after this many milliseconds. */
const RETRY_AFTER = 250;

/** Makes the pump of a log. */
export function createPump({ queue, committer, serialiser, troubles, checkpointEvery, tell }: PumpParts): Pump {
  const request = randomBytes(16).toString('base64url');
  let running: Promise<void> | undefined;
  let scheduled = false;
  let stopped = false;
  let renewal: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;

  const alert = (detail: string): string => serialiser.body({ time: Date.now(), kind: 'alert', request, detail });

  const renewSoon = (): void => {
    if (stopped) return;
    renewal ??= setTimeout(() => {
      renewal = undefined;
      signLater('newest');
    }, CHECKPOINT_AGE).unref();
  };

  const signLater = (purpose: CheckpointPurpose): void => {
    committer.sign(purpose).catch((error: unknown) => {
      tell(`a checkpoint could not be stored: ${codeOf(error)}`);
      renewSoon();
    });
  };

  const fail = (turn: Turn, error: unknown): void => {
    troubles.failed(error, turn.noted.filter((noted) => !noted).length);
    queue.restore(turn);
    turn.done?.reject(new Error('the audit record could not be written', { cause: error }));
    if (stopped) return;
    retry ??= setTimeout(() => {
      retry = undefined;
      void start();
    }, RETRY_AFTER).unref();
  };

  const run = async (): Promise<void> => {
    while (!queue.empty || troubles.outage) {
      const turn = queue.take();
      const { details, settle } = troubles.report();
      try {
        await committer.commit(details.length === 0 ? turn.bodies : [...details.map(alert), ...turn.bodies]);
      } catch (error) {
        fail(turn, error);
        return;
      }
      settle();
      turn.done?.resolve({ index: committer.size - 1 });
      if (committer.size - committer.kept >= checkpointEvery) signLater('kept');
      renewSoon();
    }
  };

  const start = (): Promise<void> => {
    scheduled = false;
    running ??= run().finally(() => {
      running = undefined;
      if (!queue.empty && !stopped) wake();
    });
    return running;
  };

  const wake = (): void => {
    if (scheduled || running !== undefined) return;
    scheduled = true;
    // All requests that the event loop reads in one turn share a batch.
    setImmediate(() => void start());
  };

  return {
    wake,
    async drain() {
      stopped = true;
      clearTimeout(renewal);
      clearTimeout(retry);
      await running;
      await start();
    },
  };
}
