import type { MaybePromise } from '../pipeline/decision.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { StandardSchema } from '../schema/standard.ts';

/** Who calls, as a handler may know it: verified claims only, never the token. */
export interface Caller {
  /** Stable key of the caller, 44 letters, digits, _ and -: use it as the owner of rows. */
  readonly id: string;
  readonly subject: string;
  readonly issuer: string;
  readonly tenant: string | undefined;
  readonly client: string;
  readonly scopes: ReadonlySet<string>;
}

/** Log lines of one call: to the operator's log, and to the client where it asked for that level. */
export interface CallLog {
  debug(message: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  info(message: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  warning(message: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  error(message: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
}

/** What a person answered to a form (MCP 2026-07-28 client/elicitation). */
export type Answer<T> =
  | { readonly action: 'accept'; readonly content: T }
  | { readonly action: 'decline' }
  | { readonly action: 'cancel' };

/** A form for a person: flat fields of primitive types, never a secret. */
export interface Form<T> {
  /** Identifies the question among those of the call; `input-1`, `input-2` ... when absent. */
  readonly key?: string;
  readonly message: string;
  readonly schema: StandardSchema<unknown, T>;
}

/** A page that a person opens: for anything that must not pass through the client. */
export interface UrlQuestion {
  readonly key?: string;
  readonly message: string;
  /** https, or loopback while developing. It must carry no credential and nothing about the person. */
  readonly url: string;
}

/** A question to the client's model (deprecated in MCP 2026-07-28; closed unless the tool declares it). */
export interface SamplingQuestion {
  readonly key?: string;
  readonly messages: readonly JsonObject[];
  readonly maxTokens: number;
  readonly systemPrompt?: string;
}

/** One question of several that are asked together. */
export type Question =
  | { readonly kind: 'form'; readonly message: string; readonly schema: StandardSchema<unknown, unknown> }
  | {
      readonly kind: 'url';
      readonly message: string;
      readonly url: string;
      /** Names the elicitation to a legacy client; made up when absent. */
      readonly id?: string;
    }
  | {
      readonly kind: 'sampling';
      readonly messages: readonly JsonObject[];
      readonly maxTokens: number;
      readonly systemPrompt?: string;
    }
  | { readonly kind: 'roots' };

/** Lists whose change clients can subscribe to. */
export type ListName = 'tools' | 'resources' | 'prompts';

/**
 * What every handler is handed beside its capabilities. Nothing here reaches the token, the request or the environment.
 */
export interface Ctx {
  readonly principal: Caller;
  /** Aborts when the caller goes away or the deadline passes. */
  readonly signal: AbortSignal;
  /** Correlates with the audit log. */
  readonly request: string;
  readonly log: CallLog;
  /** Tells the client how far the work is; ignored when it did not ask. `progress` must grow. */
  readonly progress: (progress: number, total?: number, message?: string) => void;
  /**
   * Whether a question of this kind can be asked: the primitive declared the channel and the client can answer. Asking
   * without this check ends the call with `CAPABILITY_MISSING`.
   */
  readonly canAsk: (kind: Question['kind']) => boolean;
  /**
   * Asks the person. In the modern era this ends the round: the handler runs again from its start with the answer, so
   * put effects after the last question. Declare `asks: ['elicitation']`.
   */
  readonly elicit: <T>(form: Form<T>) => Promise<Answer<T>>;
  /** Sends the person to a page. Declare `asks: ['elicitation']`. */
  readonly elicitUrl: (question: UrlQuestion) => Promise<{ readonly action: 'accept' | 'decline' | 'cancel' }>;
  /** Asks the client's model. Declare `asks: ['sampling']`. */
  readonly sample: (question: SamplingQuestion) => Promise<JsonObject>;
  /** Asks for the client's root folders. Declare `asks: ['roots']`. */
  readonly roots: (key?: string) => Promise<readonly { readonly uri: string; readonly name?: string }[]>;
  /** Asks several questions in one round; answers by key, as the client gave them after validation. */
  readonly ask: (questions: Readonly<Record<string, Question>>) => Promise<Readonly<Record<string, unknown>>>;
  /** Runs when the call ends, however it ends; last registered first. */
  readonly defer: (dispose: () => MaybePromise<void>) => void;
  /** Tells subscribers that a resource changed, or that a list did. */
  readonly changed: { resource(uri: string): void; list(name: ListName): void };
}
