/** Messages within a minute that answer nothing. */
const MOST_HEARD = 10_000;
const HEARD_MS = 60_000;

/** Why a link is closed to which one answers nothing, and goes on. */
export const FLOOD: string = `it sent more than ${MOST_HEARD} messages that answer nothing`;

/** Counts what an upstream says unasked: whoever talks without end takes the time of everyone else here. */
export class Flood {
  #since = 0;
  #count = 0;

  /** Counts one message, and gives whether there are too many. */
  grows(): boolean {
    const now = performance.now();
    if (now - this.#since > HEARD_MS) [this.#since, this.#count] = [now, 0];
    this.#count += 1;
    return this.#count > MOST_HEARD;
  }
}
