import type { JsonObject } from '../protocol/json.ts';
import type { Question } from './ctx.ts';
import type { Timing } from './deadline-race.ts';
import type { Asker } from './gate.ts';
import { Refusal } from './refusal.ts';
import { hostSideOf, type Work } from './work.ts';

const host = hostSideOf();

/** Asks in the name of the host within one call, and holds the call's deadline while a person is waited for. */
export class HostAsker implements Asker, Timing {
  readonly #work: Work;
  #waiting = 0;
  #ms = 0;
  #fire: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(work: Work) {
    this.#work = work;
  }

  get signal(): AbortSignal {
    return this.#work.signal;
  }

  mayAskHost(kind: Question['kind']): boolean {
    return host.mayAsk(this.#work, kind).pass;
  }

  async askHost(key: string, question: Question): Promise<unknown> {
    const allowed = host.mayAsk(this.#work, question.kind);
    if (!allowed.pass) throw new Refusal(allowed);
    const name = `portcullis/${key}`;
    return (await host.put(this.#work, new Map([[name, question]])))[name];
  }

  tellHost(method: string, params: JsonObject): void {
    host.notify(this.#work, method, params);
  }

  async patient<T>(wait: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    clearTimeout(this.#timer);
    try {
      return await wait();
    } finally {
      this.#waiting -= 1;
      this.#begin();
    }
  }

  start(ms: number, fire: () => void): void {
    this.#ms = ms;
    this.#fire = fire;
    this.#begin();
  }

  stop(): void {
    this.#fire = undefined;
    clearTimeout(this.#timer);
  }

  #begin(): void {
    if (this.#waiting === 0 && this.#fire !== undefined) this.#timer = setTimeout(this.#fire, this.#ms);
  }
}
