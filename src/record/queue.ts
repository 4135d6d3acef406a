import type { Receipt } from './event.ts';

/** Events that share one write, one sync and one promise. */
export interface Turn {
  readonly bodies: readonly string[];
  /** Whether each was noted, that is, nobody waits for it. */
  readonly noted: readonly boolean[];
  readonly done: PromiseWithResolvers<Receipt> | undefined;
}

/** The bounded queue of events that wait for the disk. */
export interface Queue {
  readonly empty: boolean;
  /** Queues an event that is waited for; undefined when the queue is full. */
  wait(body: string): Promise<Receipt> | undefined;
  /** Queues an event that nobody waits for; false when the queue is full. */
  note(body: string): boolean;
  /** Takes all that is queued. */
  take(): Turn;
  /** Puts the noted events of a failed turn back in front, so that an outage does not lose them. */
  restore(turn: Turn): void;
}

/** Makes a queue that holds at most `limit` bytes. */
export function createQueue(limit: number): Queue {
  let bodies: string[] = [];
  let noted: boolean[] = [];
  let bytes = 0;
  let done: PromiseWithResolvers<Receipt> | undefined;

  const put = (body: string, isNote: boolean): boolean => {
    if (bytes + body.length > limit) return false;
    bytes += body.length;
    bodies.push(body);
    noted.push(isNote);
    return true;
  };

  return {
    get empty() {
      return bodies.length === 0;
    },
    wait(body) {
      if (!put(body, false)) return undefined;
      if (done === undefined) {
        done = Promise.withResolvers();
        // Each caller holds the promise; this keeps one that went away from ending the process.
        done.promise.catch(() => undefined);
      }
      return done.promise;
    },
    note: (body) => put(body, true),
    take() {
      const turn = { bodies, noted, done };
      bodies = [];
      noted = [];
      bytes = 0;
      done = undefined;
      return turn;
    },
    restore(turn) {
      const kept = turn.bodies.filter((_, at) => turn.noted[at] === true);
      bodies = [...kept, ...bodies];
      noted = [...kept.map(() => true), ...noted];
      for (const body of kept) bytes += body.length;
    },
  };
}
