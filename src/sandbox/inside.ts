import type { Remote } from '../capabilities/capability.ts';
import { PublicError } from '../errors.ts';
import type { FromInside, LogFields, LogLevel, SentCaller, ToInside, ToldError } from './messages.ts';

/** How the inside reaches the host. */
export interface HostPort {
  send(message: FromInside): void;
  /** Sets the one who hears what the host says. */
  hear(listener: (message: ToInside) => void): void;
}

/** What is known here of a tool: the host has checked the rest. */
interface InsideTool {
  readonly name: string;
  readonly run: (args: unknown, ctx: object) => unknown;
  readonly needs: Readonly<Record<string, { readonly remote?: Remote<unknown> }>>;
}

type DeclaredTool = Pick<InsideTool, 'name' | 'run'> & Partial<Pick<InsideTool, 'needs'>>;

/**
 * Serves the tools of a server's module to the host: the half of the runner that runs inside of the sandbox. Nothing
 * here is a boundary; the host takes each of its messages as a stranger's.
 */
export async function serveInside(port: HostPort, load: () => Promise<unknown>): Promise<void> {
  let tools: ReadonlyMap<string, InsideTool>;
  try {
    tools = readTools(await load());
  } catch (error) {
    port.send({ kind: 'broken', detail: describe(error) });
    return;
  }
  let running: InsideCall | undefined;
  port.hear((message) => {
    if (message.kind === 'call') {
      running = new InsideCall(port, message);
      void running.run(tools.get(message.tool), message.args);
    } else running?.hear(message);
  });
  port.send({ kind: 'ready', tools: [...tools.keys()] });
}

function readTools(loaded: unknown): ReadonlyMap<string, InsideTool> {
  const { default: definition } = loaded as {
    readonly default?: { readonly options?: { readonly tools?: readonly { readonly options: DeclaredTool }[] } };
  };
  if (definition?.options === undefined) throw new TypeError('the module has no server as its default export');
  return new Map(
    (definition.options.tools ?? []).map(({ options: { name, run, needs = {} } }) => [name, { name, run, needs }]),
  );
}

/** What a handler catches when the host refused a use of a capability. */
function toError({ name, sentence, reason, isPublic }: ToldError): Error {
  const error = isPublic ? new PublicError(sentence) : new Error(sentence);
  return Object.assign(error, { name, ...(reason === undefined ? {} : { reason }) });
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Makes the capability's own error of what the host told. */
  readonly fail: (told: ToldError) => Error | undefined;
}

/** One call at work. */
class InsideCall {
  readonly #port: HostPort;
  readonly #call: number;
  readonly #principal: SentCaller;
  readonly #request: string;
  readonly #controller: AbortController = new AbortController();
  readonly #waiting: Map<number, Waiting> = new Map();
  readonly #refusals: WeakMap<object, number> = new WeakMap();
  readonly #disposers: (() => unknown)[] = [];
  #uses = 0;
  #over = false;

  constructor(port: HostPort, { call, principal, request }: Extract<ToInside, { readonly kind: 'call' }>) {
    this.#port = port;
    this.#call = call;
    this.#principal = principal;
    this.#request = request;
  }

  async run(tool: InsideTool | undefined, args: unknown): Promise<void> {
    const answer = await this.#work(tool, args);
    this.#over = true;
    for (const dispose of this.#disposers.toReversed()) {
      try {
        await dispose();
      } catch {
        // The answer stands; what was opened in here ends with the process.
      }
    }
    try {
      this.#port.send(answer);
    } catch (error) {
      this.#port.send(this.#failure(error));
    }
  }

  hear(message: Exclude<ToInside, { readonly kind: 'call' }>): void {
    if (message.kind === 'abort') {
      if (message.call === this.#call) this.#controller.abort(new Error('The call has ended.'));
      return;
    }
    const waiting = this.#waiting.get(message.use);
    this.#waiting.delete(message.use);
    if (message.kind === 'given') return waiting?.resolve(message.value);
    const error = waiting?.fail(message.told) ?? toError(message.told);
    this.#refusals.set(error, message.use);
    waiting?.reject(error);
  }

  async #work(tool: InsideTool | undefined, args: unknown): Promise<FromInside> {
    try {
      if (tool === undefined) throw new TypeError('the module in the sandbox has no such tool');
      return { kind: 'done', call: this.#call, value: await tool.run(args, this.#context(tool)) };
    } catch (error) {
      return this.#failure(error);
    }
  }

  #failure(error: unknown): FromInside {
    const use = typeof error === 'object' && error !== null ? this.#refusals.get(error) : undefined;
    const sentence = error instanceof PublicError ? error.message : undefined;
    return { kind: 'failed', call: this.#call, sentence, use, detail: describe(error) };
  }

  #context(tool: InsideTool): object {
    const asksNothing = (): never => {
      throw new TypeError('A sandboxed tool cannot ask the client for anything.');
    };
    const context: Record<string, unknown> = {
      principal: Object.freeze({ ...this.#principal, scopes: new Set(this.#principal.scopes) }),
      request: this.#request,
      signal: this.#controller.signal,
      log: this.#log(),
      progress: (progress: number, total?: number, message?: string) =>
        this.#tell({ kind: 'progress', call: this.#call, progress, total, message }),
      changed: Object.freeze({
        resource: (uri: string) => this.#tell({ kind: 'changed', call: this.#call, uri, list: undefined }),
        list: (list: 'tools') => this.#tell({ kind: 'changed', call: this.#call, uri: undefined, list }),
      }),
      defer: (dispose: () => unknown) => void this.#disposers.push(dispose),
      canAsk: () => false,
      elicit: asksNothing,
      elicitUrl: asksNothing,
      sample: asksNothing,
      roots: asksNothing,
      ask: asksNothing,
    };
    for (const [need, { remote }] of Object.entries(tool.needs)) {
      if (remote !== undefined) context[need] = this.#face(need, remote);
    }
    return Object.freeze(context);
  }

  #log(): object {
    const at =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}) =>
        this.#tell({ kind: 'log', call: this.#call, level, message, fields: { ...fields } });
    return Object.freeze({ debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') });
  }

  #face(need: string, remote: Remote<unknown>): unknown {
    const call = (method: string, args: readonly unknown[]) => this.#use(need, remote, method, args);
    if (remote.face !== undefined) return remote.face(call);
    const forward = remote.methods.map((method) => [method, (...args: unknown[]) => call(method, args)] as const);
    return Object.freeze(Object.fromEntries(forward));
  }

  #use(need: string, remote: Remote<unknown>, method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#over) return Promise.reject(new Error('The call has ended.'));
    const use = ++this.#uses;
    return new Promise((resolve, reject) => {
      this.#waiting.set(use, { resolve, reject, fail: (told) => remote.error?.(told) });
      try {
        this.#port.send({ kind: 'use', call: this.#call, use, need, method, args });
      } catch (error) {
        this.#waiting.delete(use);
        reject(error instanceof Error ? error : new TypeError('arguments that cannot be sent'));
      }
    });
  }

  /** What a call tells after its end, or cannot be sent, is dropped: it must not fail the handler. */
  #tell(message: FromInside): void {
    if (this.#over) return;
    try {
      this.#port.send(message);
    } catch {
      // As in the host: a note of the work is no part of it.
    }
  }
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } catch {
    return 'something that cannot be described was thrown';
  }
}
