import type { FlowOptions } from '../flows/declared.ts';
import type { MaybePromise } from '../pipeline/decision.ts';
import type { ReverseChannel } from '../pipeline/catalog.ts';
import type { StandardSchema } from '../schema/standard.ts';
import type { ContentBlock } from './content.ts';
import type { Ctx } from './ctx.ts';
import { refuseUnknownOptions } from '../options.ts';
import type { CompleteOne } from './resource.ts';
import type { Granted, Icon, Needs, UseLimits } from './tool.ts';

/** One message of a prompt. */
export interface PromptMessage {
  readonly role: 'user' | 'assistant';
  readonly content: ContentBlock;
}

/** How a prompt is declared. */
export interface PromptOptions<A, N extends Needs> {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly icons?: readonly Icon[];
  /** A closed, bounded schema of string arguments. */
  readonly arguments: StandardSchema<unknown, A>;
  readonly scope: string | readonly string[];
  readonly needs?: N;
  readonly asks?: readonly ReverseChannel[];
  readonly limits?: UseLimits;
  /** What its messages are, and where its arguments go. */
  readonly flow?: FlowOptions;
  readonly complete?: Readonly<Record<string, CompleteOne<N>>>;
  readonly get: (args: A, ctx: Ctx & Granted<N>) => MaybePromise<readonly PromptMessage[]>;
}

/** An inert declaration of a prompt. */
export interface Prompt {
  readonly kind: 'prompt';
  readonly options: PromptOptions<unknown, Needs>;
}

const OPTIONS = [
  'name',
  'title',
  'description',
  'icons',
  'arguments',
  'scope',
  'needs',
  'asks',
  'limits',
  'flow',
  'complete',
  'get',
];

/**
 * Declares a prompt.
 * @throws TypeError on an option that does not exist.
 */
export function prompt<A, N extends Needs = Readonly<Record<never, never>>>(options: PromptOptions<A, N>): Prompt {
  refuseUnknownOptions(`prompt "${options.name}"`, options, OPTIONS);
  const erased = Object.freeze({ ...options }) as unknown as Prompt['options'];
  return Object.freeze({ kind: 'prompt', options: erased });
}
