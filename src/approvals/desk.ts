import type { JsonObject } from '../protocol/json.ts';
import type { Exchange } from '../pipeline/context.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { Recorder } from '../record/event.ts';
import type { StandardSchema } from '../schema/standard.ts';
import type { Store } from '../stores/store.ts';
import type { ApprovalBook, Draft } from './book.ts';
import type { Budget } from './budget.ts';

/** A question that the host puts to the person behind a call. */
export type HostQuestion =
  | { readonly kind: 'form'; readonly message: string; readonly schema: StandardSchema<unknown, unknown> }
  | { readonly kind: 'url'; readonly message: string; readonly url: string; readonly id?: string };

/** What asks the person: the call at work. */
export interface ApprovalAsker {
  mayAskHost(kind: 'form' | 'url'): boolean;
  askHost(key: string, question: HostQuestion): Promise<unknown>;
  /** Tells the client of something that belongs to the call. */
  tellHost(method: string, params: JsonObject): void;
  /** Waits for a person: the deadline of the call stands still meanwhile. */
  patient<T>(wait: () => Promise<T>): Promise<T>;
  readonly signal: AbortSignal;
}

/** What an approval is good for. */
export interface ApprovalBinding {
  /** A text that differs whenever anything differs that the approval is bound to. */
  of(exchange: Exchange): string;
  /** Whether an approval is good for one use; one that is not stands for every later call of its binding. */
  readonly single: boolean;
  readonly budget: Budget;
}

/** Everything that asks for approval works with. */
export interface Desk {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly limits: Limits;
  readonly book: ApprovalBook;
  readonly binding: ApprovalBinding;
  readonly serverName: string;
  /** The address of the approval page; absent where there is none. */
  readonly page: string | undefined;
}

/** One call that needs a person. */
export interface Case {
  readonly exchange: Exchange;
  readonly asker: ApprovalAsker;
  readonly draft: Draft;
}

/** The one key of the host's question; handlers cannot use it. */
export const QUESTION = 'approval';
/** Keys of what is sealed from round to round; no answer of a client can be filed under them, because neither is asked. */
const ASKED = 'portcullis/asked';
const APPROVED = 'portcullis/approved';

/** When a form was put, and the nonce that its answer uses up. */
export interface Asked {
  readonly nonce: string;
  readonly at: number;
}

/** Notes in the sealed state that the form for this binding has been put. */
export function markAsked(exchange: Exchange, binding: string, { nonce, at }: Asked): void {
  answersOf(exchange).set(ASKED, { binding, nonce, at });
}

/** When the form for this binding was put, in an earlier round. */
export function askedBefore({ rounds }: Exchange, binding: string): Asked | undefined {
  const value = rounds?.answers.get(ASKED);
  if (typeof value !== 'object' || value === null || !('binding' in value) || value.binding !== binding)
    return undefined;
  return 'nonce' in value && typeof value.nonce === 'string' && 'at' in value && typeof value.at === 'number'
    ? { nonce: value.nonce, at: value.at }
    : undefined;
}

/** Notes in the sealed state that the call was approved: a handler that asks something itself runs again with it. */
export function markApproved(exchange: Exchange, binding: string): void {
  if (exchange.era === 'modern') answersOf(exchange).set(APPROVED, binding);
}

/** Whether this call was approved in an earlier round of its own. */
export function approvedBefore({ rounds }: Exchange, binding: string): boolean {
  return rounds?.answers.get(APPROVED) === binding;
}

/** Forgets what the client answered, so that it is asked again. */
export function forgetAnswer({ rounds }: Exchange): void {
  rounds?.answers.delete(`portcullis/${QUESTION}`);
}

function answersOf(exchange: Exchange): Map<string, unknown> {
  exchange.rounds ??= { round: 0, answers: new Map(), asked: new Map() };
  return exchange.rounds.answers;
}
