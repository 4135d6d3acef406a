import type { ErrorObject } from 'ajv';
import type { Issue } from './json-schema.ts';

const MAX_ISSUES = 10;
const MAX_PATH = 200;
const MAX_NAME = 64;
const MAX_CHOICES = 200;

/** Turns validation errors into at most ten issues that hold nothing of the value. */
export function describe(errors: readonly ErrorObject[]): readonly Issue[] {
  const issues: Issue[] = [];
  for (const error of errors.slice(-MAX_ISSUES)) {
    const path = safe(error.instancePath, MAX_PATH);
    const rule = error.keyword === 'false schema' ? 'false' : error.keyword;
    issues.push({ path, rule, message: `${subject(error.instancePath)} ${sentence(error)}` });
  }
  // A failed anyOf lists the failures of each branch before its own.
  issues.reverse();
  return issues.length > 0 ? issues : [{ path: '', rule: 'schema', message: 'the value does not match its schema' }];
}

/** Keeps letters, digits and a little punctuation: names in a value may have been chosen to be read by a model. */
function safe(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return cut.replaceAll(/[^\w.$~/[\]-]/g, '?');
}

function quote(name: unknown): string {
  return `"${safe(String(name), MAX_NAME)}"`;
}

/** `/tags/3/name` as `tags[3].name`. */
function subject(pointer: string): string {
  if (pointer === '') return 'the value';
  let text = '';
  for (const token of pointer.slice(1, MAX_PATH).split('/')) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    text += /^\d+$/.test(name) ? `[${name}]` : `${text === '' ? '' : '.'}${safe(name, MAX_NAME)}`;
  }
  return text;
}

const number = (value: unknown): string => String(Number(value));

function plural(count: unknown, one: string, many: string): string {
  return `${number(count)} ${Number(count) === 1 ? one : many}`;
}

const ARTICLES: ReadonlyMap<string, string> = new Map([
  ['object', 'an object'],
  ['array', 'a list'],
  ['string', 'a string'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['null', 'null'],
]);

function types(value: unknown): string {
  return [value]
    .flat()
    .map((name) => ARTICLES.get(String(name)) ?? 'of another type')
    .join(' or ');
}

/** The values that a schema allows, as its author wrote them, in printable ASCII. */
function choices(values: unknown): string {
  const text = (Array.isArray(values) ? values : [values]).map((value) => JSON.stringify(value)).join(', ');
  const cut = text.length > MAX_CHOICES ? `${text.slice(0, MAX_CHOICES)}...` : text;
  return cut.replaceAll(/[^\x20-\x7e]/g, '?');
}

type Params = Readonly<Record<string, unknown>>;

const SENTENCES: ReadonlyMap<string, (params: Params) => string> = new Map<string, (params: Params) => string>([
  ['type', (p) => `must be ${types(p['type'])}`],
  ['required', (p) => `lacks ${quote(p['missingProperty'])}`],
  ['additionalProperties', (p) => `has an unknown argument ${quote(p['additionalProperty'])}`],
  ['unevaluatedProperties', (p) => `has an unknown argument ${quote(p['unevaluatedProperty'])}`],
  ['propertyNames', (p) => `has the name ${quote(p['propertyName'])}, which is not allowed`],
  ['maxLength', (p) => `must be at most ${plural(p['limit'], 'character', 'characters')}`],
  ['minLength', (p) => `must be at least ${plural(p['limit'], 'character', 'characters')}`],
  ['maxItems', (p) => `must have at most ${plural(p['limit'], 'item', 'items')}`],
  ['minItems', (p) => `must have at least ${plural(p['limit'], 'item', 'items')}`],
  ['items', (p) => `must have at most ${plural(p['limit'], 'item', 'items')}`],
  ['additionalItems', (p) => `must have at most ${plural(p['limit'], 'item', 'items')}`],
  ['unevaluatedItems', (p) => `must have at most ${plural(p['len'], 'item', 'items')}`],
  ['uniqueItems', () => 'must not hold the same item twice'],
  ['contains', () => 'lacks an item of the required kind'],
  ['maxProperties', (p) => `must have at most ${plural(p['limit'], 'entry', 'entries')}`],
  ['minProperties', (p) => `must have at least ${plural(p['limit'], 'entry', 'entries')}`],
  ['maximum', (p) => `must be at most ${number(p['limit'])}`],
  ['minimum', (p) => `must be at least ${number(p['limit'])}`],
  ['exclusiveMaximum', (p) => `must be below ${number(p['limit'])}`],
  ['exclusiveMinimum', (p) => `must be above ${number(p['limit'])}`],
  ['multipleOf', (p) => `must be a multiple of ${number(p['multipleOf'])}`],
  ['enum', (p) => `must be one of ${choices(p['allowedValues'])}`],
  ['const', (p) => `must be ${choices([p['allowedValue']])}`],
  ['format', (p) => `must be a valid ${safe(String(p['format']), MAX_NAME)}`],
  ['pattern', () => 'does not match the required pattern'],
  ['anyOf', () => 'matches none of the allowed forms'],
  ['oneOf', (p) => (p['passingSchemas'] === null ? 'matches none of the allowed forms' : 'matches several forms')],
  ['not', () => 'has a form that is not allowed'],
  ['if', () => 'does not meet a condition of its schema'],
  ['dependentRequired', (p) => `lacks ${quote(p['missingProperty'])}`],
  ['dependencies', (p) => `lacks ${quote(p['missingProperty'])}`],
  ['false schema', () => 'is not allowed'],
]);

function sentence(error: ErrorObject): string {
  const say = SENTENCES.get(error.keyword);
  return say === undefined ? 'does not match its schema' : say(error.params);
}
