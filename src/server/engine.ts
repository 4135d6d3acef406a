import { ERRORS } from '../errors.ts';
import type { Target } from '../pipeline/catalog.ts';
import type { Exchange, Transport } from '../pipeline/context.ts';
import { deny, type Denial, type MaybePromise } from '../pipeline/decision.ts';
import { runSteps, type Step } from '../pipeline/run.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import type { JsonObject } from '../protocol/json.ts';
import { REQUESTS } from '../protocol/requests.ts';
import type { Era } from '../protocol/versions.ts';
import { TOOL_RESULT_CODES } from '../controls/safe-errors/control.ts';
import { TASK_KEY } from '../controls/task-context/control.ts';
import { describeError } from '../text/describe-error.ts';
import type { Calls } from './calls.ts';
import { keepPlaces, raced } from './deadline-race.ts';
import { HostAsker } from './host-asker.ts';
import { legacyMethods } from './legacy/methods.ts';
import { legacyResult } from './legacy/shape.ts';
import { callTool, getPrompt, readResource } from './methods/call.ts';
import { complete } from './methods/complete.ts';
import { discover, serverMeta } from './methods/discover.ts';
import { createListen, mayReadUri } from './methods/listen.ts';
import { listPrompts, listResources, listTemplates, listTools } from './methods/lists.ts';
import type { Method, Perform } from './methods/method.ts';
import type { Parts } from './parts.ts';
import { InputRequired, throwInputRequired } from './input-required.ts';
import { Refusal } from './refusal.ts';
import { NO_SINK, type Sink } from './sink.ts';
import { createPlans, type Plan } from './steps.ts';
import type { Subscriptions } from './subscriptions.ts';
import { Work } from './work.ts';

/** What a request comes to: a result, or a refusal. */
export type Answer =
  | { readonly kind: 'result'; readonly result: JsonObject; readonly json: string }
  | { readonly kind: 'denial'; readonly denial: Denial }
  | { readonly kind: 'gone' };

/** The pipeline of a host, from the parsed message to the answer. Transports and eras share it. */
export interface Engine {
  readonly parts: Parts;
  plan(transport: Transport, era: Era): Plan;
  /** Runs the message, authorize, dispatch and respond phases. Never throws. */
  answer(exchange: Exchange, sink: Sink): Promise<Answer>;
  /**
   * Runs the message and authorize phases alone: the answer of a request that ends there, `undefined` for one that is
   * to be dispatched, or released where there is nothing to dispatch. Never throws.
   */
  admit(exchange: Exchange): Promise<Answer | undefined>;
  /** Runs the dispatch and respond phases of an admitted request, and releases it. Never throws. */
  dispatch(exchange: Exchange, sink: Sink): Promise<Answer>;
  /** Gives back what the exchange holds: a place in a queue, a stream. */
  release(exchange: Exchange): void;
  /** Whether the caller of the exchange may read what a URI names, as things are now. */
  mayRead(exchange: Exchange, uri: string): Promise<boolean>;
  /** Records a refusal that came before the message phase. */
  refused(exchange: Exchange, denial: Denial): void;
}

/** What an engine shares with those before and after it. */
export interface Surroundings {
  readonly subscriptions: Subscriptions;
  /** Counts what is in progress in this engine. */
  readonly calls: Calls;
  /** `mayRead` of the engine that serves at the time: a stream outlives the definitions that it was opened under. */
  readonly mayReadNow: Engine['mayRead'];
}

/** Creates the engine. */
export function createEngine(parts: Parts, { subscriptions, calls, mayReadNow }: Surroundings): Engine {
  const plan = createPlans(parts);
  const modern: ReadonlyMap<string, Method> = new Map<string, Method>([
    ['server/discover', discover],
    ['tools/list', listTools],
    ['tools/call', callTool],
    ['resources/list', listResources],
    ['resources/templates/list', listTemplates],
    ['resources/read', readResource],
    ['prompts/list', listPrompts],
    ['prompts/get', getPrompt],
    ['completion/complete', complete],
    ['subscriptions/listen', createListen(subscriptions, mayReadNow)],
  ]);
  const run = new Runner(parts, { modern, legacy: legacyMethods(modern) }, calls);
  return {
    parts,
    plan,
    async answer(exchange: Exchange, sink: Sink): Promise<Answer> {
      try {
        const admitted = run.admit(exchange, plan(exchange.transport, exchange.era));
        const refused = admitted instanceof Promise ? await admitted : admitted;
        return refused ?? (await run.dispatch(exchange, sink));
      } catch (error) {
        return run.crashed(exchange, error);
      } finally {
        release(exchange);
      }
    },
    async admit(exchange: Exchange): Promise<Answer | undefined> {
      let refused: Answer | undefined;
      try {
        refused = await run.admit(exchange, plan(exchange.transport, exchange.era));
      } catch (error) {
        refused = run.crashed(exchange, error);
      }
      if (refused !== undefined) release(exchange);
      return refused;
    },
    async dispatch(exchange: Exchange, sink: Sink): Promise<Answer> {
      try {
        return await run.dispatch(exchange, sink);
      } catch (error) {
        return run.crashed(exchange, error);
      } finally {
        release(exchange);
      }
    },
    release,
    mayRead: (exchange, uri) => run.mayRead(exchange, uri),
    refused: (exchange, denial) => void run.refuse(exchange, denial),
  };
}

function release(exchange: Exchange): void {
  const { ends } = exchange;
  exchange.ends = undefined;
  if (ends !== undefined) for (const end of ends) end();
}

function readArguments({ settings }: Parts, exchange: Exchange): void {
  const { message } = exchange;
  if (message?.kind !== 'request' || !(REQUESTS.get(message.method)?.rounds ?? false)) return;
  exchange.argsDigest = settings.digest(canonicalJson(message.params['arguments'] ?? message.params['uri']));
}

type Methods = Readonly<Record<Era, ReadonlyMap<string, Method>>>;

/** Runs methods and turns whatever they come to into an answer. */
class Runner {
  readonly #parts: Parts;
  readonly #methods: Methods;
  readonly #calls: Calls;
  readonly #meta: JsonObject;
  readonly #metaJson: string;
  /** JSON of it with each label of what someone else may have written. */
  readonly #labelled = new WeakMap<JsonObject, string>();

  constructor(parts: Parts, methods: Methods, calls: Calls) {
    this.#parts = parts;
    this.#calls = calls;
    this.#methods = methods;
    this.#meta = serverMeta(parts.settings);
    this.#metaJson = parts.neutralJson(this.#meta);
  }

  /** Answers without a promise while every control does. */
  admit(exchange: Exchange, { message, authorize }: Plan): MaybePromise<Answer | undefined> {
    const early = runSteps(message, exchange);
    return early instanceof Promise
      ? early.then((denial) => this.#authorize(exchange, authorize, denial))
      : this.#authorize(exchange, authorize, early);
  }

  #authorize(
    exchange: Exchange,
    authorize: readonly Step[],
    refused: Denial | undefined,
  ): MaybePromise<Answer | undefined> {
    if (refused !== undefined) return this.refuse(exchange, refused);
    readArguments(this.#parts, exchange);
    // A stream is no call: it may stay open for hours, and is asked for by nothing that is closed after the last call.
    if (exchange.message?.kind === 'request' && exchange.message.method !== 'subscriptions/listen')
      this.#calls.enter(exchange);
    const late = runSteps(authorize, exchange);
    return late instanceof Promise
      ? late.then((denial) => this.#admitted(exchange, denial))
      : this.#admitted(exchange, late);
  }

  #admitted(exchange: Exchange, denial: Denial | undefined): Answer | undefined {
    return denial === undefined ? undefined : this.refuseCall(exchange, denial);
  }

  crashed(exchange: Exchange, error: unknown): Answer {
    return this.refuse(exchange, deny('INTERNAL', { detail: describeError(error) }));
  }

  mayRead(exchange: Exchange, uri: string): Promise<boolean> {
    if (this.#parts.killSwitch?.blocks(exchange) === true) return Promise.resolve(false);
    const perform: Perform = (target, work) => this.#perform(exchange, target, NO_SINK, work);
    return mayReadUri({ exchange, parts: this.#parts, perform }, uri);
  }

  refuse(exchange: Exchange, denial: Denial): Answer {
    exchange.denial = denial;
    this.#parts.audit.denied(exchange);
    return { kind: 'denial', denial };
  }

  /** Arguments that do not fit come back as a result that the model can act on; everything else is an error. */
  refuseCall(exchange: Exchange, denial: Denial): Answer {
    const answer = this.refuse(exchange, denial);
    const result = toolResult(this.#parts, exchange, denial);
    if (result === undefined) return answer;
    const whole = this.#shape(exchange, result);
    return { kind: 'result', result: whole, json: this.#parts.neutralJson(whole) };
  }

  async dispatch(exchange: Exchange, sink: Sink): Promise<Answer> {
    const { message } = exchange;
    const method = message?.kind === 'request' ? this.#methods[exchange.era].get(message.method) : undefined;
    if (message?.kind === 'response')
      return this.refuse(exchange, deny('MESSAGE_INVALID', { detail: 'a response to nothing' }));
    if (method === undefined) return this.refuse(exchange, deny('METHOD_UNKNOWN'));
    const perform: Perform = (target, work) => this.#perform(exchange, target, sink, work);
    try {
      const result = await method({ exchange, parts: this.#parts, sink, perform });
      this.#parts.breaker?.settled(exchange, undefined);
      const looked = this.#parts.detection?.result(exchange, result);
      if (looked?.pass === false) return await this.#fail(exchange, looked);
      const remembered = this.#parts.remember?.(exchange, result);
      if (remembered !== undefined) await remembered;
      const shaped = this.#shape(exchange, result);
      const json = this.#compose(exchange);
      return await (json === undefined ? this.#speak(exchange, shaped) : this.#finish(exchange, shaped, json));
    } catch (error) {
      if (error instanceof InputRequired) {
        const asking = { ...error.result, _meta: { ...this.#meta, ...taskMeta(exchange) } };
        return this.#speak(exchange, asking);
      }
      const denial = error instanceof Refusal ? error.denial : this.#parts.errors.thrown(error);
      this.#parts.breaker?.settled(exchange, denial);
      return this.#fail(exchange, this.#parts.detection?.failure(exchange, denial) ?? denial);
    }
  }

  /** Gives a result the form of the exchange's revision. */
  #shape(exchange: Exchange, result: JsonObject): JsonObject {
    const task = taskMeta(exchange);
    const found = this.#parts.detection?.metaOf(exchange);
    const source = this.#parts.labels.metaOf(exchange);
    const label = found === undefined ? source : { ...source, ...found };
    if (exchange.era === 'legacy') {
      const older = legacyResult(exchange, result);
      if (task === undefined && label === undefined) return older;
      return { ...older, _meta: { ...label, ...task } };
    }
    const own = result['_meta'] as object | undefined;
    return { resultType: 'complete', ...result, _meta: { ...this.#meta, ...label, ...own, ...task } };
  }

  /** The modern result of a structured output, whose text was serialised and made neutral once: it stands in it twice. */
  #compose(exchange: Exchange): string | undefined {
    const { era, outputJson } = exchange;
    const isPlain = taskMeta(exchange) === undefined && exchange.detected === undefined;
    if (era !== 'modern' || outputJson === undefined || !isPlain) return undefined;
    const content = `[{"type":"text","text":${JSON.stringify(outputJson)}}]`;
    const meta = this.#metaText(exchange);
    return `{"resultType":"complete","content":${content},"structuredContent":${outputJson},"_meta":${meta}}`;
  }

  #metaText(exchange: Exchange): string {
    const label = this.#parts.labels.metaOf(exchange);
    if (label === undefined) return this.#metaJson;
    const known = this.#labelled.get(label);
    const text = known ?? this.#parts.neutralJson({ ...this.#meta, ...label });
    if (known === undefined) this.#labelled.set(label, text);
    return text;
  }

  /** Finishes a result in which a handler may have said something. */
  #speak(exchange: Exchange, result: JsonObject): Promise<Answer> {
    // What is structured was looked through before it was put into the result.
    if (exchange.outputJson !== undefined) return this.#finish(exchange, result, this.#parts.neutralJson(result));
    const spoken = this.#parts.outward.spoken(exchange, result);
    if (!spoken.pass) return this.#fail(exchange, spoken);
    const fenced = this.#parts.labels.fence(exchange, spoken.result);
    const json = fenced === spoken.result ? spoken.json : JSON.stringify(fenced);
    return this.#finish(exchange, fenced, json);
  }

  /** Bounds and records; the answer leaves only when its record is durable. */
  async #finish(exchange: Exchange, result: JsonObject, json: string): Promise<Answer> {
    const sized = this.#parts.sizes.answer(json.length > 65_536 ? Buffer.byteLength(json) : json.length);
    if (!sized.pass) return this.#fail(exchange, sized);
    exchange.result = result;
    const recorded = this.#parts.audit.outcome(exchange, json);
    const decision = recorded instanceof Promise ? await recorded : recorded;
    if (!decision.pass) return this.refuse(exchange, decision);
    return { kind: 'result', result, json };
  }

  /** A refusal once work has begun: a tool's own is a result that the model can read; both leave a durable outcome. */
  async #fail(exchange: Exchange, denial: Denial): Promise<Answer> {
    exchange.denial = denial;
    if (denial.code === 'CANCELLED') {
      await this.#parts.audit.outcome(exchange, '');
      return { kind: 'gone' };
    }
    if (denial.code === 'RECORD_FAILED' || ERRORS[denial.code].rpc === -32021) return this.refuse(exchange, denial);
    const result = toolResult(this.#parts, exchange, denial);
    // What an upstream says of its failure is a stranger's text as well.
    const whole = result === undefined ? undefined : this.#parts.labels.fence(exchange, this.#shape(exchange, result));
    const json = whole === undefined ? '' : this.#parts.neutralJson(whole);
    const recorded = await this.#parts.audit.outcome(exchange, json);
    if (!recorded.pass) return this.refuse(exchange, recorded);
    if (whole === undefined) return { kind: 'denial', denial };
    return { kind: 'result', result: whole, json };
  }

  async #perform(
    exchange: Exchange,
    target: Target | undefined,
    sink: Sink,
    work: Parameters<Perform>[1],
  ): Promise<unknown> {
    const { principal } = exchange;
    if (principal === undefined) throw new Refusal(deny('TOKEN_MISSING'));
    const parts = this.#parts;
    const own = new Work(parts.work, exchange, principal, target, sink);
    parts.expose(own, exchange);
    const ctx = parts.isolate(own);
    const deadlineMs = parts.deadline(target?.timeoutMs ?? parts.settings.limits.handlerMs);
    const asker = new HostAsker(own);
    let reason: Denial | undefined;
    try {
      return await raced(
        held(parts, exchange, () => work(ctx, () => own.over, asker)),
        sink,
        deadlineMs,
        (denial, working) => {
          reason = denial;
          if (denial.code !== 'DEADLINE_EXCEEDED')
            keepPlaces(exchange, working, deadlineMs ?? parts.settings.limits.handlerMaxMs);
        },
        asker,
        parts.killSwitch === undefined
          ? undefined
          : (stop) => parts.killSwitch?.watch(exchange, stop) ?? (() => undefined),
      );
    } catch (error) {
      if (reason !== undefined || own.takePending() === undefined) throw error;
      return undefined;
    } finally {
      const disposers = own.end(reason);
      if (disposers.length > 0)
        await parts.dispose(disposers, (error) =>
          parts.work.log('error', 'a disposer failed', { detail: parts.settings.redact(describeError(error)) }),
        );
      const pending = own.takePending();
      // INVARIANT: a handler that swallowed the end of its round still ends it.
      if (pending !== undefined && reason === undefined) throwInputRequired(parts, exchange, pending);
    }
  }
}

/** Begins the work of a call, and counts how long it held the thread. */
function held(parts: Parts, exchange: Exchange, work: () => MaybePromise<unknown>): MaybePromise<unknown> {
  const { quotas, behaviour } = parts;
  const began = quotas === undefined ? 0 : performance.now();
  try {
    return behaviour === undefined ? work() : behaviour.during(exchange, work);
  } finally {
    quotas?.held(exchange, performance.now() - began);
  }
}

/** The handle of a task that was made for the request. */
function taskMeta({ taskHandle, passedMeta }: Exchange): JsonObject | undefined {
  return taskHandle === undefined ? passedMeta : { ...passedMeta, [TASK_KEY]: taskHandle };
}

/** The tool result that tells a model of a refusal it can act on. */
function toolResult(parts: Parts, exchange: Exchange, denial: Denial): JsonObject | undefined {
  const { message } = exchange;
  if (message?.kind !== 'request' || message.method !== 'tools/call' || !TOOL_RESULT_CODES.has(denial.code))
    return undefined;
  const text = `${parts.errors.sentence(denial)} (${denial.code}, request ${exchange.id})`;
  return { content: [{ type: 'text', text }], isError: true };
}
