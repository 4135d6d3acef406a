import type { AuditEvent, AuditKind } from './event.ts';
import type { Redactor } from './redact.ts';

/** How a field is written. */
export type FieldForm = 'number' | 'kind' | 'token' | 'text' | 'list';

/** The fields that may be written. A field that is not here is never written. */
export const FIELDS: Readonly<Record<keyof AuditEvent, FieldForm>> = Object.freeze({
  time: 'number',
  kind: 'kind',
  request: 'token',
  host: 'text',
  transport: 'text',
  era: 'text',
  method: 'text',
  target: 'text',
  principal: 'token',
  client: 'text',
  tenant: 'text',
  args: 'token',
  values: 'text',
  definition: 'token',
  decision: 'text',
  control: 'text',
  original: 'token',
  result: 'token',
  bytes: 'number',
  ms: 'number',
  detail: 'text',
  trace: 'text',
  scopes: 'list',
  before: 'text',
  after: 'text',
});

const NAMES: ReadonlySet<string> = new Set(Object.keys(FIELDS));

/** The kinds that may be written. */
export const KINDS: ReadonlySet<string> = new Set<AuditKind>([
  'start',
  'stop',
  'weakened',
  'config',
  'denied',
  'intent',
  'outcome',
  'elicitation',
  'elevation',
  'session',
  'stream',
  'alert',
  'approval',
  'grant',
  'drift',
  'switch',
  'rotation',
  'violation',
]);

/** Turns events into the part of a record's line that does not depend on its place. */
export interface Serialiser {
  /**
   * Gives `"time":...}`: one line of printable ASCII, fields in fixed order, texts redacted and cut at 500 characters.
   *
   * @throws TypeError when time, kind, request or a number is not what it must be.
   */
  body(event: AuditEvent): string;
  /** How many fields that nobody allowed were dropped so far. */
  readonly droppedFields: number;
}

const TEXT_LIMIT = 500;
/** A text is redacted before it is cut, and read this far. */
const READ_LIMIT = 4096;
const LIST_LIMIT = 64;
const CACHE_ENTRIES = 1024;
const CACHED_LENGTH = 200;

const escaped = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A JSON string of printable ASCII: a terminal, a pager or a reader of another alphabet cannot be misled by it. */
export function quote(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x20 || c > 0x7e || c === 0x22 || c === 0x5c) {
      return JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped);
    }
  }
  return `"${text}"`;
}

/** Whether a text can only be an identifier or a digest of our own making. */
function isToken(text: string): boolean {
  if (text.length > 64) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const plain = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c === 45;
    if (!plain) return false;
  }
  return true;
}

/** A number with at most three decimals, from whole parts: turning a fraction into text is what costs. */
function decimal(value: number): string {
  if (Number.isInteger(value)) return `${value}`;
  if (!Number.isFinite(value)) throw new TypeError('a number of the audit log must be finite');
  if (value < 0 || value > 1_000_000) return `${Math.round(value)}`;
  const thousandths = Math.round(value * 1000);
  const rest = thousandths % 1000;
  const zeros = rest < 10 ? '00' : rest < 100 ? '0' : '';
  return `${(thousandths - rest) / 1000}.${zeros}${rest}`;
}

/** Makes a serialiser. It keeps a bounded cache of texts that recur: methods, tool names, clients. */
export function createSerialiser(redactor: Redactor): Serialiser {
  const cache = new Map<string, string>();
  const tokens = new Map<string, string>();
  let cachedVersion = redactor.version;
  let droppedFields = 0;
  let lastTime = Number.NaN;
  let lastTimeText = '';

  const written = (value: string): string => quote(redactor.redact(value, READ_LIMIT).slice(0, TEXT_LIMIT));

  const text = (value: string): string => {
    const known = cache.get(value);
    if (known !== undefined) return known;
    const fresh = written(value);
    if (value.length <= CACHED_LENGTH) {
      if (cache.size >= CACHE_ENTRIES) cache.clear();
      cache.set(value, fresh);
    }
    return fresh;
  };

  const token = (value: string): string => (isToken(value) ? `"${value}"` : written(value));

  const time = (value: number): string => {
    if (value !== lastTime) {
      if (!Number.isSafeInteger(value)) throw new TypeError('time must be whole milliseconds since the epoch');
      lastTime = value;
      lastTimeText = String(value);
    }
    return lastTimeText;
  };

  /** A principal and a definition come again and again: looking one up is cheaper than reading it. */
  const knownToken = (value: string): string => {
    const known = tokens.get(value);
    if (known !== undefined) return known;
    const fresh = token(value);
    if (tokens.size >= CACHE_ENTRIES) tokens.clear();
    tokens.set(value, fresh);
    return fresh;
  };

  const countForeign = (event: AuditEvent): void => {
    for (const name in event) if (!NAMES.has(name)) droppedFields++;
  };

  const rare = (event: AuditEvent): string => {
    let out = '';
    if (event.detail !== undefined) out += `,"detail":${text(event.detail)}`;
    if (event.values !== undefined) out += `,"values":${written(event.values)}`;
    if (event.original !== undefined) out += `,"original":${token(event.original)}`;
    if (event.trace !== undefined) out += `,"trace":${written(event.trace)}`;
    if (event.scopes !== undefined) out += `,"scopes":[${event.scopes.slice(0, LIST_LIMIT).map(text).join(',')}]`;
    if (event.before !== undefined) out += `,"before":${text(event.before)}`;
    if (event.after !== undefined) out += `,"after":${text(event.after)}`;
    return out;
  };

  return {
    get droppedFields() {
      return droppedFields;
    },
    body(event) {
      if (redactor.version !== cachedVersion) {
        cache.clear();
        tokens.clear();
        cachedVersion = redactor.version;
      }
      if (!KINDS.has(event.kind)) throw new TypeError('kind is not one of the audit log');
      if (typeof event.request !== 'string') throw new TypeError('request must be a string');
      let out = `"time":${time(event.time)},"kind":"${event.kind}","request":${token(event.request)}`;
      if (event.host !== undefined) out += `,"host":${text(event.host)}`;
      if (event.transport !== undefined) out += `,"transport":${text(event.transport)}`;
      if (event.era !== undefined) out += `,"era":${text(event.era)}`;
      if (event.method !== undefined) out += `,"method":${text(event.method)}`;
      if (event.target !== undefined) out += `,"target":${text(event.target)}`;
      if (event.principal !== undefined) out += `,"principal":${knownToken(event.principal)}`;
      if (event.client !== undefined) out += `,"client":${text(event.client)}`;
      if (event.tenant !== undefined) out += `,"tenant":${text(event.tenant)}`;
      if (event.args !== undefined) out += `,"args":${token(event.args)}`;
      if (event.definition !== undefined) out += `,"definition":${knownToken(event.definition)}`;
      if (event.decision !== undefined) out += `,"decision":${text(event.decision)}`;
      if (event.control !== undefined) out += `,"control":${text(event.control)}`;
      if (event.result !== undefined) out += `,"result":${token(event.result)}`;
      if (event.bytes !== undefined) out += `,"bytes":${decimal(event.bytes)}`;
      if (event.ms !== undefined) out += `,"ms":${decimal(event.ms)}`;
      out += rare(event);
      countForeign(event);
      return `${out}}`;
    },
  };
}
