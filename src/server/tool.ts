import type { Capability, Isolation } from '../capabilities/capability.ts';
import type { FlowOptions } from '../flows/declared.ts';
import type { Effect, RecordForm, ReverseChannel } from '../pipeline/catalog.ts';
import type { MaybePromise } from '../pipeline/decision.ts';
import type { StandardSchema } from '../schema/standard.ts';
import type { ContentBlock, ContentOutput } from './content.ts';
import type { Ctx } from './ctx.ts';
import type { Duration } from '../text/duration.ts';
import { refuseUnknownOptions } from '../options.ts';

/** The capabilities that a handler asks for, by the name under which it gets them. */
export type Needs = Readonly<Record<string, Capability<unknown>>>;

/** What the capabilities of `needs` are to the handler. */
export type Granted<N extends Needs> = { readonly [K in keyof N]: N[K] extends Capability<infer T> ? T : never };

/** Bounds on one primitive. */
export interface UseLimits {
  /** Deadline of a call; at most `limits.handlerMaxMs` of the deployment. */
  readonly timeout?: Duration;
  /** Calls a minute per principal, sustained. */
  readonly perMinute?: number;
  /** Calls at once per principal; as `perMinute` when absent. */
  readonly burst?: number;
  /** Calls of one principal in progress at a time. */
  readonly concurrent?: number;
}

/** An icon of a primitive: an https or data URL of an image. */
export interface Icon {
  readonly src: string;
  readonly mimeType?: string;
  readonly sizes?: readonly string[];
  readonly theme?: 'light' | 'dark';
}

/** How a tool is declared. */
export interface ToolOptions<I, A, O, N extends Needs> {
  /** 1 to 128 characters of `A-Z a-z 0-9 _ - .`. */
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  /** A closed, bounded schema; any Standard Schema library that gives JSON Schema. */
  readonly input: StandardSchema<I, A>;
  /** A closed schema, or `content('text', ...)` for unstructured output. */
  readonly output: StandardSchema<O, unknown> | ContentOutput;
  /** All scopes that a call needs. */
  readonly scope: string | readonly string[];
  /** What a call does to the world. */
  readonly effect: Effect;
  readonly needs?: N;
  /** Where the handler runs; chosen from its needs when absent, and never weaker than they ask. */
  readonly sandbox?: Isolation;
  /** What comes out of a call, and where its arguments go. */
  readonly flow?: FlowOptions;
  /** Arguments that the audit log may hold, by name: `{ ticket: 'clear', email: 'hash' }`. Any other is dropped. */
  readonly record?: Readonly<Record<string, RecordForm>>;
  /** Arguments to try the tool with: `portcullis behave` does. */
  readonly samples?: readonly I[];
  /** Reverse channels that the handler may use. */
  readonly asks?: readonly ReverseChannel[];
  readonly limits?: UseLimits;
  readonly icons?: readonly Icon[];
  /** Whether a call may be repeated without further effect; a hint for clients. */
  readonly idempotent?: boolean;
  /** Fields that look like an identity or a dangerous verb and are meant to be free input: `['query']`. */
  readonly untrusted?: readonly string[];
  /** Object-level check: may this caller do this with these arguments? Needed when an argument names an object. */
  readonly authorize?: (args: A, ctx: Ctx & Granted<N>) => MaybePromise<boolean>;
  readonly run: (args: A, ctx: Ctx & Granted<N>) => MaybePromise<O | readonly ContentBlock[]>;
}

/** An inert declaration: it does nothing until a server is started with it. */
export interface Tool {
  readonly kind: 'tool';
  readonly options: ToolOptions<unknown, unknown, unknown, Needs>;
}

const OPTIONS = [
  'name',
  'title',
  'description',
  'input',
  'output',
  'scope',
  'effect',
  'needs',
  'sandbox',
  'flow',
  'record',
  'samples',
  'asks',
  'limits',
  'icons',
  'idempotent',
  'untrusted',
  'authorize',
  'run',
] as const;

/**
 * Declares a tool. Everything that it does not declare is refused to it.
 * @throws TypeError on an option that does not exist. The whole declaration is checked when the server is made.
 */
export function tool<I, A, O, N extends Needs = Readonly<Record<never, never>>>(
  options: ToolOptions<I, A, O, N>,
): Tool {
  refuseUnknownOptions(`tool "${options.name}"`, options, OPTIONS);
  const erased = Object.freeze({ ...options }) as unknown as Tool['options'];
  return Object.freeze({ kind: 'tool', options: erased });
}
