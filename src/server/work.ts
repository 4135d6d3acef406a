import { hash } from 'node:crypto';
import type { CapabilityContext, CapabilityHandle } from '../capabilities/capability.ts';
import type { Dispose } from '../controls/cleanup/control.ts';
import type { CheckCapability } from '../controls/client-capabilities/control.ts';
import type { InjectionDetection } from '../controls/injection-detection/control.ts';
import type { LeakFilter } from '../controls/leak-filter/control.ts';
import type { CheckChannel } from '../controls/reverse-channels/control.ts';
import type { CheckElicitation } from '../controls/sensitive-elicitation/control.ts';
import type { PassOn } from '../controls/strip-then-add/control.ts';
import type { ReverseChannel, Target } from '../pipeline/catalog.ts';
import type { Exchange } from '../pipeline/context.ts';
import { deny, type Decision, type MaybePromise } from '../pipeline/decision.ts';
import type { LeakStream } from '../leaks/stream.ts';
import type { Meter } from '../pipeline/meter.ts';
import type { Principal } from '../pipeline/principal.ts';
import type { JsonObject } from '../protocol/json.ts';
import { REQUESTS, logSeverity } from '../protocol/requests.ts';
import { createHolds } from '../record/holds.ts';
import { describeError } from '../text/describe-error.ts';
import type { Answer, Caller, CallLog, Ctx, Form, Question, SamplingQuestion, UrlQuestion } from './ctx.ts';
import { callerOf } from './caller-of.ts';
import { tokenOf, withInboundToken } from './inbound-token.ts';
import { channelOf, formSchema, questionRequest, readAnswer } from './questions.ts';
import { insist, Refusal, RoundEnd } from './refusal.ts';
import type { Sink } from './sink.ts';

/** What all calls of a host share. */
export interface WorkParts {
  /** Absent when it is switched off. */
  readonly leaks: LeakFilter | undefined;
  /** Absent when nothing is counted. */
  readonly meterOf: ((principal: string) => Meter) | undefined;
  /** Decides on answers that came in the middle of a call; absent where no flow is declared. */
  readonly answered: ((exchange: Exchange, answers: unknown) => Promise<Decision>) | undefined;
  readonly checkChannel: CheckChannel;
  readonly checkCapability: CheckCapability;
  readonly checkElicitation: CheckElicitation;
  /** Looks through what is asked; absent when it is switched off. */
  readonly detection: InjectionDetection | undefined;
  readonly passOn: PassOn;
  readonly notificationsPerCall: number;
  readonly dispose: Dispose;
  readonly grants: ReadonlyMap<Target, readonly (readonly [string, CapabilityHandle<unknown>])[]>;
  /** The principal under which state is kept. */
  readonly keyedBy: (principal: Principal) => Principal;
  readonly log: (level: string, message: string, fields: JsonObject) => void;
  /** Takes secrets out of what a handler logs, before it goes to the operator's log or to the client. */
  readonly redact: (text: string) => string;
  readonly changed: (
    change: { readonly kind: 'resource'; readonly uri: string } | { readonly kind: 'list'; readonly name: string },
  ) => void;
}

/** What ends a round. */
export interface Pending {
  readonly questions: ReadonlyMap<string, { readonly digest: string; readonly request: JsonObject }>;
  readonly carried: string | undefined;
}

/** What the host may do in the name of a call, and a handler may not. */
interface HostSide {
  mayAsk(work: Work, kind: Question['kind']): Decision;
  put(work: Work, questions: ReadonlyMap<string, Question>): Promise<Record<string, unknown>>;
  notify(work: Work, method: string, params: JsonObject): void;
}

let hostSide: HostSide;

/** The host's side of a call at work. */
export function hostSideOf(): HostSide {
  return hostSide;
}

/** One call at work: the handler's `ctx`. Members are made when they are first used. */
export class Work implements Ctx {
  readonly principal: Caller;
  readonly request: string;
  readonly #parts: WorkParts;
  readonly #exchange: Exchange;
  readonly #target: Target | undefined;
  readonly #sink: Sink;
  #controller: AbortController | undefined;
  #abortedBy: unknown;
  #disposers: (() => MaybePromise<void>)[] | undefined;
  #pending: Map<string, { readonly digest: string; readonly request: JsonObject }> | undefined;
  #stream: LeakStream | undefined;
  #holds: ((text: string) => boolean) | undefined;
  #carried: string | undefined;
  #questions = 0;
  #sent = 0;
  #progress = Number.NEGATIVE_INFINITY;
  #over = false;

  constructor(parts: WorkParts, exchange: Exchange, principal: Principal, target: Target | undefined, sink: Sink) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#target = target;
    this.#sink = sink;
    this.request = exchange.id;
    this.principal = callerOf(principal);
    const grants = target === undefined ? undefined : parts.grants.get(target);
    if (grants === undefined || grants.length === 0) return;
    const token = () => (this.#over ? '' : tokenOf(exchange));
    const context = withInboundToken(this.#capabilityContext(parts.keyedBy(principal)), token);
    parts.passOn(context, exchange);
    for (const [name, handle] of grants)
      Object.defineProperty(this, name, { value: handle.grant(context), enumerable: true });
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#over) this.#controller.abort(this.#abortedBy);
    }
    return this.#controller.signal;
  }

  get log(): CallLog {
    const at =
      (level: string) =>
      (message: string, fields: JsonObject = {}) =>
        this.#write(level, message, fields);
    return { debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') };
  }

  get progress(): Ctx['progress'] {
    return (progress, total, message) => {
      const token = this.#exchange.progressToken;
      if (token === undefined || !(progress > this.#progress && Number.isFinite(progress))) return;
      this.#progress = progress;
      this.#notify('notifications/progress', {
        progressToken: token,
        progress,
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      });
    };
  }

  get canAsk(): Ctx['canAsk'] {
    return (kind) => this.#mayAsk(kind).pass;
  }

  get elicit(): Ctx['elicit'] {
    return <T>({ key, message, schema }: Form<T>): Promise<Answer<T>> =>
      unheard(this.#askOne(key, { kind: 'form', message, schema }) as Promise<Answer<T>>);
  }

  get elicitUrl(): Ctx['elicitUrl'] {
    return ({ key, message, url }: UrlQuestion) =>
      unheard(
        this.#askOne(key, { kind: 'url', message, url }) as Promise<{
          readonly action: 'accept' | 'decline' | 'cancel';
        }>,
      );
  }

  get sample(): Ctx['sample'] {
    return ({ key, ...question }: SamplingQuestion) =>
      unheard(this.#askOne(key, { kind: 'sampling', ...question }) as Promise<JsonObject>);
  }

  get roots(): Ctx['roots'] {
    const ask = async (key?: string) => {
      const answer = (await this.#askOne(key, { kind: 'roots' })) as {
        readonly roots: Awaited<ReturnType<Ctx['roots']>>;
      };
      return answer.roots;
    };
    return (key?: string) => unheard(ask(key));
  }

  get ask(): Ctx['ask'] {
    return (questions) => unheard(this.#ask(new Map(Object.entries(questions))));
  }

  get defer(): Ctx['defer'] {
    return (dispose) => {
      // A handler that outlives its call must not keep what it opens after the end.
      if (this.#over) return void this.#parts.dispose([dispose], (error) => this.#disposerFailed(error));
      this.#disposers ??= [];
      this.#disposers.push(dispose);
      return undefined;
    };
  }

  get changed(): Ctx['changed'] {
    const { changed } = this.#parts;
    return { resource: (uri) => changed({ kind: 'resource', uri }), list: (name) => changed({ kind: 'list', name }) };
  }

  /** Whether the call has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Questions that end this round, and what a capability leaves for the next. */
  takePending(): Pending | undefined {
    return this.#pending === undefined ? undefined : { questions: this.#pending, carried: this.#carried };
  }

  /** Ends the call: nothing is sent any more, the signal aborts, and what was deferred is handed over once. */
  end(reason?: unknown): readonly (() => MaybePromise<void>)[] {
    this.#over = true;
    this.#abortedBy = reason;
    if (reason !== undefined) this.#controller?.abort(reason);
    const disposers = this.#disposers ?? [];
    this.#disposers = undefined;
    return disposers;
  }

  // INVARIANT: a handler's context has no member that speaks for the host.
  static {
    hostSide = {
      mayAsk: (work, kind) => work.#hostMayAsk(kind),
      put: (work, questions) => work.#put(questions),
      notify: (work, method, params) => work.#notify(method, params),
    };
  }

  #capabilityContext(principal: Principal): CapabilityContext {
    const signal = () => this.signal;
    return {
      holdsCredential: (text) => this.#holdsCredential(text),
      meter: this.#parts.meterOf?.(this.#exchange.principal?.id ?? principal.id),
      principal,
      request: this.request,
      carried: this.#exchange.rounds?.carried,
      carry: (text) => void (this.#carried = text),
      logLevel: this.#exchange.logLevel,
      wantsProgress: this.#exchange.progressToken !== undefined,
      get signal(): AbortSignal {
        return signal();
      },
      defer: (dispose) => this.defer(dispose),
    };
  }

  #holdsCredential(text: string): boolean {
    // INVARIANT: the token stays in here; what asks learns one bit of a text that it has already.
    this.#holds ??= createHolds(tokenOf(this.#exchange));
    return this.#holds(text);
  }

  #disposerFailed(error: unknown): void {
    this.#parts.log('error', 'a disposer failed', { detail: describeError(error), request: this.request });
  }

  #write(level: string, text: string, given: JsonObject): void {
    const { redact } = this.#parts;
    const message = redact(text);
    const fields = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
    );
    this.#parts.log(level, message, { ...fields, request: this.request });
    const wanted = this.#exchange.logLevel;
    if (wanted === undefined || logSeverity(level) < logSeverity(wanted)) return;
    const data = Object.keys(fields).length === 0 ? message : { message, ...fields };
    this.#notify('notifications/message', { level, logger: this.#target?.name ?? 'server', data });
  }

  #notify(method: string, params: JsonObject): void {
    if (this.#over || ++this.#sent > this.#parts.notificationsPerCall) return;
    try {
      const said = this.#filter === undefined ? params : this.#filter.send(method, params);
      if (said === undefined) throw new Error('it held something that must not leave');
      this.#sink.notify(method, said);
    } catch (error) {
      // What cannot be serialised is dropped: the handler told of its work, and that must not fail it.
      this.#parts.log('error', 'a notification could not be sent', {
        detail: describeError(error),
        request: this.request,
      });
    }
  }

  async #askOne(key: string | undefined, question: Question): Promise<unknown> {
    this.#questions += 1;
    const name = key ?? `input-${this.#questions}`;
    return (await this.#ask(new Map([[name, question]])))[name];
  }

  async #ask(questions: ReadonlyMap<string, Question>): Promise<Record<string, unknown>> {
    for (const [key, question] of questions) {
      // INVARIANT: no handler can put a question that passes for one of the host's.
      if (key.startsWith('portcullis/')) throw new TypeError(`The key "${key}" is the host's. Choose another.`);
      this.#check(question);
    }
    const answers = await this.#put(questions);
    const { answered } = this.#parts;
    if (this.#sink.ask !== undefined && answered !== undefined) insist(await answered(this.#exchange, answers));
    return answers;
  }

  async #put(questions: ReadonlyMap<string, Question>): Promise<Record<string, unknown>> {
    if (this.#sink.ask !== undefined) return this.#askLive(questions, this.#sink.ask);
    const answers: Record<string, unknown> = {};
    for (const [key, question] of questions) {
      const request = questionRequest(question);
      const digest = hash('sha256', JSON.stringify(request), 'base64url');
      const { rounds } = this.#exchange;
      // INVARIANT: an answer counts for the question that was put, not for another one under the same key.
      const given = rounds?.asked.get(key) === digest ? rounds.answers.get(key) : undefined;
      const answer = await readAnswer(question, given);
      if (answer === undefined) {
        this.#pending ??= new Map();
        this.#pending.set(key, { digest, request });
      } else answers[key] = answer;
    }
    if (this.#pending !== undefined) throw new RoundEnd();
    return answers;
  }

  async #askLive(
    questions: ReadonlyMap<string, Question>,
    ask: NonNullable<Sink['ask']>,
  ): Promise<Record<string, unknown>> {
    const raw = await ask(
      new Map([...questions].map(([key, question]) => [key, this.#said(liveRequest(question))] as const)),
    );
    const answers: Record<string, unknown> = {};
    for (const [key, question] of questions) {
      const answer = await readAnswer(question, raw.get(key));
      if (answer === undefined)
        throw new Refusal(deny('TOOL_FAILED', { detail: `the client's answer to "${key}" is not valid` }));
      answers[key] = answer;
    }
    return answers;
  }

  /** What holds back secrets in the messages of this call; made when the first is sent. */
  get #filter(): LeakStream | undefined {
    this.#stream ??= this.#parts.leaks?.stream(this.#target);
    return this.#stream;
  }

  #said(request: JsonObject): JsonObject {
    const said = this.#filter === undefined ? request : this.#filter.send('question', request);
    if (said === undefined) throw new Refusal(deny('OUTPUT_WITHHELD', { detail: 'a question' }));
    return said;
  }

  #check(question: Question): void {
    insist(this.#mayAsk(question.kind));
    const { detection } = this.#parts;
    if (detection !== undefined) insist(detection.question(this.#exchange, questionRequest(question)));
    if (question.kind === 'form')
      insist(this.#parts.checkElicitation.form(question.message, formSchema(question.schema)));
    if (question.kind === 'url') insist(this.#parts.checkElicitation.url(question.url));
  }

  #mayAsk(kind: Question['kind']): Decision {
    const channel = this.#parts.checkChannel(channelOf(kind), this.#target?.asks ?? new Set<ReverseChannel>());
    return channel.pass ? this.#hostMayAsk(kind) : channel;
  }

  #hostMayAsk(kind: Question['kind']): Decision {
    const { message, clientCapabilities } = this.#exchange;
    const rounds = message?.kind === 'request' && (REQUESTS.get(message.method)?.rounds ?? false);
    if (!rounds) return deny('CHANNEL_CLOSED', { detail: 'this method may not ask for input' });
    return this.#parts.checkCapability(kind, clientCapabilities);
  }
}

/** A live request names its elicitation, so that the client can be told when it is complete. */
function liveRequest(question: Question): JsonObject {
  const request = questionRequest(question);
  if (question.kind !== 'url' || question.id === undefined) return request;
  return { ...request, params: { ...(request['params'] as JsonObject), elicitationId: question.id } };
}

/** A question that ends its round rejects. A handler that does not wait for it must not end the process by that. */
function unheard<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined);
  return asked;
}

// INVARIANT: no handler can leave anything on the prototype that all calls share.
Object.freeze(Work.prototype);
