import { PublicError } from '../errors.ts';
import type { IsolatedCall } from './call.ts';
import type { Channel } from './channel.ts';
import { CodecError } from './codec.ts';
import { HandlerFailure, SandboxFailure } from './failure.ts';
import { readMessage, type FromInside, type ToldError } from './messages.ts';

/** Uses of capabilities in one call, and at once; and notes of progress, logs and changes. */
const [USES, USES_AT_ONCE, NOTES] = [10_000, 64, 2_000] as const;
/** Messages of calls that have ended, in the life of a handler. */
const STRAYS = 100;
/** How long a handler has to notice that its call has been aborted. */
const GRACE_MS = 100;
const WATCH_MS = 200;
/** How long it has to load its module; a slow machine takes seconds. */
const START_MS = 30_000;

type Message<K extends FromInside['kind']> = Extract<FromInside, { readonly kind: K }>;

interface Running {
  readonly number: number;
  readonly call: IsolatedCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** What capabilities threw, by use: the handler may pass one on. */
  readonly thrown: Map<number, unknown>;
  uses: number;
  usesNow: number;
  notes: number;
}

/**
 * The host's half of one warm handler: it does one call at a time, and ends at the first thing that is not as it should
 * be. INVARIANT: what the other half says is read as a stranger's, and reaches only what its present call was granted.
 */
export class Cell {
  /** Resolves when its module has been loaded; rejects with SandboxFailure when it cannot be. */
  readonly ready: Promise<readonly string[]>;
  readonly ended: Promise<void>;
  readonly #channel: Channel;
  #running: Running | undefined;
  #calls = 0;
  #strays = 0;
  #alive = true;
  #isReady = false;
  #usedCpuMs = 0;
  #tellReady: { resolve(tools: readonly string[]): void; reject(error: Error): void } | undefined;
  readonly #starting: NodeJS.Timeout;

  constructor(channel: Channel, startMs: number = START_MS) {
    this.#channel = channel;
    this.ended = channel.ended;
    this.ready = new Promise((resolve, reject) => {
      this.#tellReady = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    const late = () => this.#over(new SandboxFailure(`it did not load its module within ${startMs} ms`));
    this.#starting = setTimeout(late, startMs).unref();
    channel.hear({
      message: (value) => this.#hear(readMessage(value)),
      ended: (why) => this.#over(new SandboxFailure(why)),
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Calls that it has done. */
  get calls(): number {
    return this.#calls;
  }

  /** Processor time since it began, in milliseconds, as of its last call. */
  get cpuMs(): number {
    return this.#usedCpuMs;
  }

  /**
   * Does a call, and rejects with what its handler threw: a `PublicError`, what a capability threw, `HandlerFailure`; or
   * `SandboxFailure`.
   */
  run(call: IsolatedCall): Promise<unknown> {
    const number = ++this.#calls;
    return new Promise((resolve, reject) => {
      if (!this.#alive || this.#running !== undefined) return reject(new SandboxFailure('the sandbox had ended'));
      const aborted = () => this.#abort(number);
      const watch = setInterval(() => this.#channel.usage(), WATCH_MS).unref();
      const settled = () => {
        clearInterval(watch);
        call.signal.removeEventListener('abort', aborted);
        this.#running = undefined;
        this.#tellUsage(call);
      };
      this.#running = {
        number,
        call,
        thrown: new Map(),
        uses: 0,
        usesNow: 0,
        notes: 0,
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error instanceof Error ? error : new HandlerFailure(String(error)));
        },
      };
      call.signal.addEventListener('abort', aborted, { once: true });
      if (call.signal.aborted) return aborted();
      const { tool, args, principal, request } = call;
      this.#send({ kind: 'call', call: number, tool, args, principal, request });
      return undefined;
    });
  }

  kill(): void {
    this.#over(new SandboxFailure('the host ended it'));
  }

  #hear(message: FromInside): void {
    switch (message.kind) {
      case 'ready':
        if (this.#isReady) return this.#over(new SandboxFailure('it began twice'));
        this.#isReady = true;
        clearTimeout(this.#starting);
        return this.#tellReady?.resolve(message.tools);
      case 'broken':
        return this.#over(new SandboxFailure(message.detail));
      default:
        return this.#hearCall(message);
    }
  }

  #hearCall(message: Exclude<FromInside, Message<'ready'> | Message<'broken'>>): void {
    const running = this.#running;
    // What a call before left behind may still speak; it is not heard.
    if (running === undefined || message.call !== running.number) {
      const wasCall = message.call <= this.#calls && message.call >= 1;
      if (!wasCall || ++this.#strays > STRAYS) this.#over(new SandboxFailure('it spoke for no call'));
      return;
    }
    switch (message.kind) {
      case 'done':
        return running.resolve(message.value);
      case 'failed':
        return running.reject(failureOf(running, message));
      case 'use':
        return this.#serve(running, message);
      default:
        return this.#note(running, message);
    }
  }

  #note(running: Running, message: Message<'log'> | Message<'progress'> | Message<'changed'>): void {
    if (++running.notes > NOTES) return this.#over(new SandboxFailure('it told more of its work than it may'));
    const { call } = running;
    if (message.kind === 'log') return call.log(message.level, message.message, message.fields);
    if (message.kind === 'progress') return call.progress(message.progress, message.total, message.message);
    if (message.uri !== undefined) call.changed.resource(message.uri);
    if (message.list !== undefined) call.changed.list(message.list);
    return undefined;
  }

  #serve(running: Running, { use, need, method, args }: Message<'use'>): void {
    const served = running.call.needs.get(need);
    if (served === undefined || !served.remote.methods.includes(method))
      return this.#over(new SandboxFailure('it asked for what the tool did not declare'));
    if (++running.uses > USES || ++running.usesNow > USES_AT_ONCE)
      return this.#over(new SandboxFailure('it used its capabilities more often than it may'));
    const { granted, remote } = served;
    const serving = async () =>
      remote.serve === undefined ? invoke(granted, method, args) : remote.serve(granted, method, args);
    serving().then(
      (value) => this.#answer(running, use, { value }),
      (error: unknown) => this.#answer(running, use, { error }),
    );
    return undefined;
  }

  #answer(running: Running, use: number, answer: { readonly value: unknown } | { readonly error: unknown }): void {
    running.usesNow -= 1;
    if (this.#running !== running) return;
    if ('error' in answer) {
      running.thrown.set(use, answer.error);
      return this.#send({ kind: 'refused', use, told: toldOf(answer.error) });
    }
    try {
      this.#channel.send({ kind: 'given', use, value: answer.value });
    } catch (error) {
      running.thrown.set(use, error);
      this.#send({ kind: 'refused', use, told: toldOf(error) });
    }
  }

  #send(message: unknown): void {
    try {
      this.#channel.send(message);
    } catch (error) {
      this.#running?.reject(error instanceof CodecError ? new HandlerFailure(error.message) : error);
    }
  }

  #abort(number: number): void {
    if (this.#running?.number !== number) return;
    this.#send({ kind: 'abort', call: number });
    setTimeout(() => {
      if (this.#running?.number === number) this.#over(new SandboxFailure('its call was over'));
    }, GRACE_MS).unref();
  }

  #tellUsage(call: IsolatedCall): void {
    const { cpuMs, peakRssBytes, diskBytes } = this.#channel.usage();
    call.used({ cpuMs: Math.max(0, cpuMs - this.#usedCpuMs), peakRssBytes, diskBytes });
    this.#usedCpuMs = Math.max(cpuMs, this.#usedCpuMs);
  }

  #over(failure: SandboxFailure): void {
    if (!this.#alive) return;
    this.#alive = false;
    clearTimeout(this.#starting);
    this.#tellReady?.reject(failure);
    this.#running?.reject(failure);
    this.#channel.kill();
  }
}

function invoke(granted: unknown, method: string, args: readonly unknown[]): unknown {
  const found: unknown = typeof granted === 'object' && granted !== null ? Reflect.get(granted, method) : undefined;
  if (typeof found !== 'function') throw new TypeError(`the capability has no "${method}"`);
  return Reflect.apply(found, granted, [...args]);
}

function failureOf({ thrown }: Running, { sentence, use, detail }: Message<'failed'>): unknown {
  if (use !== undefined && thrown.has(use)) return thrown.get(use);
  return sentence === undefined ? new HandlerFailure(detail) : new PublicError(sentence);
}

/** Words that a capability wrote to be read. INVARIANT: of any other error, nothing goes inside. */
function toldOf(error: unknown): ToldError {
  const reason = error instanceof Error && 'reason' in error ? error.reason : undefined;
  const isPublic = error instanceof PublicError;
  if (error instanceof Error && (isPublic || typeof reason === 'string' || error instanceof CodecError)) {
    const { name, message } = error;
    return { name, sentence: message, reason: typeof reason === 'string' ? reason : undefined, isPublic };
  }
  return { name: 'Error', sentence: 'The capability failed.', reason: undefined, isPublic: false };
}
