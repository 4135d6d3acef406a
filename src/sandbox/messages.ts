import { CodecError } from './codec.ts';

/** Who calls, in a form that crosses. */
export interface SentCaller {
  readonly id: string;
  readonly subject: string;
  readonly issuer: string;
  readonly tenant: string | undefined;
  readonly client: string;
  readonly scopes: readonly string[];
}

/** What the host says to the inside. */
export type ToInside =
  | {
      readonly kind: 'call';
      readonly call: number;
      readonly tool: string;
      readonly args: unknown;
      readonly principal: SentCaller;
      readonly request: string;
    }
  | { readonly kind: 'abort'; readonly call: number }
  | { readonly kind: 'given'; readonly use: number; readonly value: unknown }
  | { readonly kind: 'refused'; readonly use: number; readonly told: ToldError };

/** What the inside is told of a capability that failed: what a handler in the host could have read of it. */
export interface ToldError {
  readonly name: string;
  readonly sentence: string;
  /** Why, in the words of the capability. */
  readonly reason: string | undefined;
  /** Whether it is a `PublicError`. */
  readonly isPublic: boolean;
}

/** What the inside says to the host. Nothing in it is to be believed but its shape. */
export type FromInside =
  | { readonly kind: 'ready'; readonly tools: readonly string[] }
  | { readonly kind: 'broken'; readonly detail: string }
  | { readonly kind: 'done'; readonly call: number; readonly value: unknown }
  | {
      readonly kind: 'failed';
      readonly call: number;
      /** The sentence of a `PublicError`. */
      readonly sentence: string | undefined;
      /** The use of a capability whose refusal the handler passed on. */
      readonly use: number | undefined;
      readonly detail: string;
    }
  | {
      readonly kind: 'use';
      readonly call: number;
      readonly use: number;
      readonly need: string;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | {
      readonly kind: 'log';
      readonly call: number;
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: LogFields;
    }
  | {
      readonly kind: 'progress';
      readonly call: number;
      readonly progress: number;
      readonly total: number | undefined;
      readonly message: string | undefined;
    }
  | {
      readonly kind: 'changed';
      readonly call: number;
      readonly uri: string | undefined;
      readonly list: ListName | undefined;
    };

/** Levels of a call's log. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
/** Fields of a log line. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;
/** Lists whose change a handler may tell of. */
export type ListName = 'tools' | 'resources' | 'prompts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];
const LISTS: readonly ListName[] = ['tools', 'resources', 'prompts'];
const TEXT = 8_192;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a message from the inside, which may be hostile.
 * @throws CodecError for anything that is not one of the messages, whole.
 */
export function readMessage(value: unknown): FromInside {
  if (typeof value !== 'object' || value === null) throw new CodecError('no message');
  const fields = value as Fields;
  const { kind } = fields;
  if (kind === 'ready') return { kind, tools: list(fields['tools']).map((name) => text(name)) };
  if (kind === 'broken') return { kind, detail: text(fields['detail']) };
  const call = count(fields['call']);
  switch (kind) {
    case 'done':
      return { kind, call, value: fields['value'] };
    case 'failed':
      return {
        kind,
        call,
        sentence: maybe(text, fields['sentence']),
        use: maybe(count, fields['use']),
        detail: text(fields['detail']),
      };
    case 'use': {
      const [need, method] = [text(fields['need']), text(fields['method'])];
      return { kind, call, use: count(fields['use']), need, method, args: list(fields['args']) };
    }
    case 'log':
      return {
        kind,
        call,
        level: oneOf(LEVELS, fields['level']),
        message: text(fields['message']),
        fields: logFields(fields['fields']),
      };
    case 'progress': {
      const progress = number(fields['progress']);
      return { kind, call, progress, total: maybe(number, fields['total']), message: maybe(text, fields['message']) };
    }
    case 'changed':
      return { kind, call, uri: maybe(text, fields['uri']), list: maybe((name) => oneOf(LISTS, name), fields['list']) };
    default:
      throw new CodecError('an unknown message');
  }
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new CodecError('no text');
  return value.length > TEXT ? value.slice(0, TEXT) : value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new CodecError('no number');
  return value;
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new CodecError('no count');
  return number(value);
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new CodecError('no list');
  return value;
}

function maybe<T>(read: (value: unknown) => T, value: unknown): T | undefined {
  return value === undefined ? undefined : read(value);
}

function oneOf<T extends string>(names: readonly T[], value: unknown): T {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new CodecError('an unknown name');
  return found;
}

function logFields(value: unknown): LogFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CodecError('no fields');
  const entries = Object.entries(value).slice(0, 64);
  return Object.fromEntries(
    entries.map(([name, field]): readonly [string, string | number | boolean] => {
      if (typeof field === 'number' || typeof field === 'boolean') return [name.slice(0, 128), field];
      return [name.slice(0, 128), text(field)];
    }),
  );
}
