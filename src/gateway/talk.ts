import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../protocol/json.ts';
import type { Ctx, Question } from '../server/ctx.ts';
import { RoundEnd } from '../server/refusal.ts';
import { LinkError } from './link.ts';

/** Questions of an upstream by name, as they are put to the client of its call. */
export type Questions = Readonly<Record<string, Question>>;
/** What a client answered, by the same names. */
export type Answers = Readonly<Record<string, unknown>>;

/** What an upstream is heard saying while it works on one request. */
export interface TalkEvents {
  readonly ask: (questions: Questions) => Promise<Answers>;
  readonly progress: (progress: number, total: number | undefined) => void;
  readonly log: (level: string, text: string) => void;
}

/** Asks an upstream, once. */
export type AskUpstream = (events: TalkEvents, signal: AbortSignal) => Promise<JsonObject>;

/** The part of a call's context that an upstream can come to be heard by. */
export type Listener = Pick<Ctx, 'ask' | 'progress' | 'log' | 'signal'>;

const KEY = /^upstream\/([A-Za-z0-9_-]{22})\/\d+\//;
const MOST_LOGGED = 64;
/** How long a request of an upstream waits for a client to come back with answers, in milliseconds. */
const WAIT_MS = 10 * 60_000;
/** Requests of one principal that wait so. The oldest gives way. */
const MOST_WAITING = 8;

interface Turn {
  readonly result?: JsonObject;
  readonly questions?: Questions;
}

/**
 * One request of an upstream that can ask in the middle. In the modern era the call of a client ends with the questions and
 * comes back with the answers, and what was asked of the upstream must not be asked twice: it goes on by itself meanwhile.
 */
class Talk {
  readonly id: string = randomBytes(16).toString('base64url');
  readonly owner: string;
  /** Questions that are to be answered. */
  questions: Questions | undefined;
  turns = 0;
  timer: NodeJS.Timeout | undefined;
  readonly #controller = new AbortController();
  readonly #result: Promise<JsonObject>;
  #asked: ((questions: Questions) => void) | undefined;
  #answer: { resolve(answers: Answers): void; reject(error: unknown): void } | undefined;
  #heard: Listener | undefined;
  #logged = 0;

  constructor(owner: string, upstream: AskUpstream) {
    this.owner = owner;
    const events: TalkEvents = {
      ask: (questions) => this.#ask(questions),
      progress: (progress, total) => this.#heard?.progress(progress, total),
      log: (level, text) => this.#log(level, text),
    };
    this.#result = upstream(events, this.#controller.signal);
    // Whoever waits for it hears of it; nobody may be waiting now.
    this.#result.catch(() => undefined);
  }

  /** What comes first: the result, or questions. */
  async next(listener: Listener): Promise<Turn> {
    const leave = (): void => this.cancel();
    this.#heard = listener;
    listener.signal.addEventListener('abort', leave, { once: true });
    try {
      if (listener.signal.aborted) this.cancel();
      if (this.questions !== undefined) return { questions: this.questions };
      const asked = new Promise<Turn>((resolve) => {
        this.#asked = (questions) => resolve({ questions });
      });
      return await Promise.race([this.#result.then((result) => ({ result })), asked]);
    } finally {
      listener.signal.removeEventListener('abort', leave);
      this.#asked = undefined;
    }
  }

  /** Nobody is there to hear of it now. */
  detach(): void {
    this.#heard = undefined;
  }

  give(answers: Answers): void {
    this.questions = undefined;
    this.#answer?.resolve(answers);
    this.#answer = undefined;
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.#controller.abort();
    this.#answer?.reject(new LinkError('cancelled', 'nobody answers its questions'));
    this.#answer = undefined;
  }

  #ask(questions: Questions): Promise<Answers> {
    if (this.questions !== undefined)
      return Promise.reject(new LinkError('refused', 'it asks again before it has its answers'));
    this.turns += 1;
    this.questions = questions;
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      this.#asked?.(questions);
    });
  }

  #log(level: string, text: string): void {
    if (this.#heard === undefined || ++this.#logged > MOST_LOGGED) return;
    const { log } = this.#heard;
    if (level === 'debug') log.debug(text);
    else if (level === 'info' || level === 'notice') log.info(text);
    else if (level === 'warning') log.warning(text);
    else log.error(text);
  }
}

/** The requests of one upstream that wait for answers, in this process. */
export class Talks {
  readonly #waiting = new Map<string, Talk>();

  /**
   * Asks an upstream in the name of a call, and puts its questions to the client of the call; goes on with what an earlier
   * round of the same call began.
   * @param owner Principal of the call.
   * @param asked Keys of the questions that earlier rounds of the call put.
   * @throws LinkError when the earlier round's request is gone: it is not made again, because it may have had its effect.
   */
  async run(owner: string, asked: readonly string[], listener: Listener, upstream: AskUpstream): Promise<JsonObject> {
    const id = asked.map((key) => KEY.exec(key)?.[1]).findLast((each) => each !== undefined);
    const talk = id === undefined ? new Talk(owner, upstream) : this.#take(id, owner);
    try {
      for (;;) {
        const { result, questions = {} } = await talk.next(listener);
        if (result !== undefined) return result;
        talk.give(await this.#put(talk, questions, listener));
      }
    } catch (error) {
      if (error instanceof RoundEnd) this.#keep(talk);
      else talk.cancel();
      throw error;
    }
  }

  /** Ends everything that waits. */
  close(): void {
    for (const talk of this.#waiting.values()) talk.cancel();
    this.#waiting.clear();
  }

  async #put(talk: Talk, questions: Questions, { ask }: Listener): Promise<Answers> {
    // The key says which request the answers belong to. It comes back in the sealed state of the call, which the client
    // cannot make itself.
    const prefix = `upstream/${talk.id}/${talk.turns}/`;
    const named = Object.entries(questions).map(([name, question]) => [`${prefix}${name}`, question] as const);
    const answers = await ask(Object.fromEntries(named));
    return Object.fromEntries(Object.entries(answers).map(([key, answer]) => [key.slice(prefix.length), answer]));
  }

  #take(id: string, owner: string): Talk {
    const talk = this.#waiting.get(id);
    // INVARIANT: nobody goes on with somebody else's request.
    if (talk === undefined || talk.owner !== owner)
      throw new LinkError('closed', 'the request that the answers belong to is gone. Nothing is asked twice');
    this.#waiting.delete(id);
    clearTimeout(talk.timer);
    return talk;
  }

  #keep(talk: Talk): void {
    talk.detach();
    const own = [...this.#waiting.values()].filter(({ owner }) => owner === talk.owner);
    if (own.length >= MOST_WAITING) this.#drop(own[0]);
    this.#waiting.set(talk.id, talk);
    talk.timer = setTimeout(() => this.#drop(talk), WAIT_MS);
    talk.timer.unref();
  }

  #drop(talk: Talk | undefined): void {
    if (talk === undefined) return;
    this.#waiting.delete(talk.id);
    talk.cancel();
  }
}
