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
export type Listener = Pick<Ctx, 'ask' | 'canAsk' | 'progress' | 'log' | 'signal'>;

/** What is asked within this time is put together, in milliseconds. */
const BREATH_MS = 20;
const MOST_LOGGED = 64;
/** How long a request of an upstream waits for a client to come back with answers, in milliseconds. */
const WAIT_MS = 10 * 60_000;
/** One that has waited so long gives its place to a caller who has none, in milliseconds. */
const PATIENCE_MS = 60_000;
/** Requests of one principal that wait so. The oldest gives way. */
const MOST_WAITING = 8;

interface Turn {
  readonly result?: JsonObject;
  readonly questions?: Questions;
}

/** One thing that was asked, by the names that its asker knows the questions by. */
interface Asked {
  readonly questions: Questions;
  /** The names under which they are put, by those. */
  readonly names: ReadonlyMap<string, string>;
  readonly resolve: (answers: Answers) => void;
  readonly reject: (error: unknown) => void;
}

/** How the earlier round of a call and the next one find each other. */
export interface Rounds {
  /** What the earlier round left. */
  readonly carried: string | undefined;
  readonly carry: (text: string) => void;
}

/**
 * One request of an upstream that can ask in the middle. In the modern era the call of a client ends with the questions and
 * comes back with the answers, and what was asked of the upstream must not be asked twice: it goes on by itself meanwhile.
 */
class Talk {
  readonly id: string = randomBytes(16).toString('base64url');
  readonly owner: string;
  timer: NodeJS.Timeout | undefined;
  /** `performance.now()`. */
  waitsSince = 0;
  readonly #controller = new AbortController();
  readonly #result: Promise<JsonObject>;
  /** What was asked and has no answer yet. */
  #asked: Asked[] = [];
  /** Names that were used: an answer to one question must not pass for one to another. */
  readonly #used = new Set<string>();
  #wake: (() => void) | undefined;
  #heard: Listener | undefined;
  readonly #log = createLog(() => this.#heard);

  constructor(owner: string, upstream: AskUpstream) {
    this.owner = owner;
    const events: TalkEvents = {
      ask: (questions) => this.#ask(questions),
      progress: (progress, total) => this.#heard?.progress(progress, total),
      log: this.#log,
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
      const questions = new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#asked.length > 0) resolve();
      }).then(() => ({ questions: this.#questions() }));
      return await Promise.race([this.#result.then((result) => ({ result })), questions]);
    } finally {
      listener.signal.removeEventListener('abort', leave);
      this.#wake = undefined;
    }
  }

  /** Nobody is there to hear of it now. */
  detach(): void {
    this.#heard = undefined;
  }

  give(answers: Answers): void {
    const asked = this.#asked;
    this.#asked = asked.filter(({ names }) => ![...names.values()].every((name) => Object.hasOwn(answers, name)));
    for (const { names, resolve } of asked.filter((each) => !this.#asked.includes(each)))
      resolve(Object.fromEntries([...names].map(([own, name]) => [own, answers[name]])));
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.#controller.abort();
    for (const { reject } of this.#asked.splice(0)) reject(new LinkError('cancelled', 'nobody answers its questions'));
  }

  #questions(): Questions {
    return Object.fromEntries(
      this.#asked.flatMap(({ questions, names }) =>
        Object.entries(questions).map(([own, question]) => [names.get(own) ?? own, question] as const),
      ),
    );
  }

  #ask(questions: Questions): Promise<Answers> {
    const names = new Map(Object.keys(questions).map((own) => [own, this.#nameOf(own)] as const));
    return new Promise((resolve, reject) => {
      this.#asked.push({ questions, names, resolve, reject });
      // What is asked in one breath is put together.
      setTimeout(() => this.#wake?.(), BREATH_MS);
    });
  }

  #nameOf(own: string): string {
    const plain = own.startsWith('portcullis/') ? `upstream/${own}` : own;
    let name = plain;
    for (let turn = 2; this.#used.has(name); turn++) name = `${plain}-${turn}`;
    this.#used.add(name);
    return name;
  }
}

/** Writes what an upstream logs of one request, its first lines alone, for whoever listens then. */
function createLog(heard: () => Pick<Listener, 'log'> | undefined): TalkEvents['log'] {
  let logged = 0;
  return (level, text) => {
    const listener = heard();
    if (listener === undefined || ++logged > MOST_LOGGED) return;
    const { log } = listener;
    if (level === 'debug') log.debug(text);
    else if (level === 'info' || level === 'notice') log.info(text);
    else if (level === 'warning') log.warning(text);
    else log.error(text);
  };
}

/** Hears an upstream that may ask nothing: its request lives and ends with the call. */
export function hear(listener: Listener): Omit<TalkEvents, 'ask'> {
  return { progress: (progress, total) => listener.progress(progress, total), log: createLog(() => listener) };
}

/** The requests of one upstream that wait for answers, in this process. */
export class Talks {
  readonly #waiting = new Map<string, Talk>();
  readonly #patienceMs: number;

  constructor(patienceMs: number = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /**
   * Asks an upstream in the name of a call, and puts its questions to the client of the call; goes on with what an earlier
   * round of the same call began.
   * @param owner Principal of the call.
   * @throws LinkError when the earlier round's request is gone: it is not made again, because it may have had its effect.
   */
  async run(owner: string, { carried, carry }: Rounds, listener: Listener, upstream: AskUpstream): Promise<JsonObject> {
    // It comes back in the sealed state of the call, which no client can make.
    const talk = carried === undefined ? new Talk(owner, upstream) : this.#take(carried, owner);
    try {
      for (;;) {
        const { result, questions = {} } = await talk.next(listener);
        if (result !== undefined) return result;
        carry(talk.id);
        talk.give(await listener.ask(questions));
      }
    } catch (error) {
      if (error instanceof RoundEnd) this.#keep(talk);
      else talk.cancel();
      throw error;
    }
  }

  /** Ends what has waited longest, if that is long: somebody else needs the process that it keeps busy. */
  relieve(): void {
    // They stand in the order in which they began to wait.
    const [oldest] = this.#waiting.values();
    if (oldest !== undefined && performance.now() - oldest.waitsSince >= this.#patienceMs) this.#drop(oldest);
  }

  /** Ends everything that waits. */
  close(): void {
    for (const talk of this.#waiting.values()) talk.cancel();
    this.#waiting.clear();
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
    talk.waitsSince = performance.now();
    talk.timer = setTimeout(() => this.#drop(talk), WAIT_MS);
    talk.timer.unref();
  }

  #drop(talk: Talk | undefined): void {
    if (talk === undefined) return;
    this.#waiting.delete(talk.id);
    talk.cancel();
  }
}
