import type { Isolation } from '../capabilities/capability.ts';
import type { RecordForm, Refine, ToolEntry } from '../pipeline/catalog.ts';
import type { Declared } from '../pipeline/start.ts';
import { assertScopeName } from '../identity/scopes.ts';
import { refuseUnknownOptions } from '../options.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { headerAnnotations } from '../schema/header-annotations.ts';
import type { StandardSchema } from '../schema/standard.ts';
import type { Needs, Tool } from './tool.ts';

const RESERVED: ReadonlySet<string> = new Set([
  'principal',
  'signal',
  'request',
  'log',
  'progress',
  'canAsk',
  'elicit',
  'elicitUrl',
  'sample',
  'roots',
  'ask',
  'defer',
  'changed',
  'mayAskHost',
  'askHost',
  'constructor',
  '__proto__',
  'takePending',
  'end',
  'then',
]);

/** Refuses a need that would hide a member of the context. */
export function refuseReservedNeed(where: string, need: string): void {
  if (RESERVED.has(need))
    throw new TypeError(`${where}, needs: "${need}" is a member of the context already. Choose another name.`);
}

/**
 * The scopes of a primitive.
 * @throws TypeError when there is none, or one is not a name.
 */
export function readScopes(where: string, scope: unknown): readonly string[] {
  const list = typeof scope === 'string' ? [scope] : scope;
  if (!Array.isArray(list) || list.length === 0) {
    throw new TypeError(`${where}, scope: missing. Name the scope that a caller needs, such as "notes:read".`);
  }
  for (const name of list) assertNamed(where, name);
  return Object.freeze([...new Set(list as readonly string[])]);
}

function assertNamed(where: string, name: unknown): void {
  try {
    assertScopeName(String(name));
  } catch (error) {
    throw new TypeError(`${where}: ${error instanceof Error ? error.message : 'bad scope'}`, { cause: error });
  }
}

/**
 * The effect of a tool.
 * @throws TypeError on any other word.
 */
export function readEffect(where: string, effect: unknown): ToolEntry['effect'] {
  if (effect === 'read' || effect === 'write' || effect === 'destructive' || effect === 'critical') return effect;
  throw new TypeError(`${where}, effect: say "read", "write", "destructive" or "critical".`);
}

const ISOLATION = ['none', 'worker', 'process'] as const satisfies readonly Isolation[];

/**
 * Where the handler of a tool runs: as declared, else as its needs ask.
 * @throws TypeError when it is declared weaker than a need asks.
 */
export function readSandbox(where: string, declared: Isolation | undefined, needs: Needs): Isolation {
  if (declared !== undefined && !ISOLATION.includes(declared))
    throw new TypeError(`${where}, sandbox: say ${ISOLATION.map((name) => `"${name}"`).join(', ')}.`);
  let least: Isolation = 'none';
  let because = '';
  for (const [name, { isolation = 'none' }] of Object.entries(needs)) {
    if (ISOLATION.indexOf(isolation) > ISOLATION.indexOf(least)) [least, because] = [isolation, name];
  }
  if (declared === undefined) return least;
  if (ISOLATION.indexOf(declared) < ISOLATION.indexOf(least)) {
    throw new TypeError(
      `${where}, sandbox: "${declared}" is too weak for the need "${because}". Say "${least}", or leave it out.`,
    );
  }
  return declared;
}

/**
 * The arguments that the audit log may hold: in clear, or as a keyed digest. Any other is dropped.
 * @throws TypeError on a form, or an argument, that does not exist.
 */
export function readRecord(
  where: string,
  record: Readonly<Record<string, RecordForm>> | undefined,
  input: JsonObject,
): ReadonlyMap<string, RecordForm> {
  if (record !== undefined)
    refuseUnknownOptions(
      `${where}, record`,
      record,
      Object.keys(isObject(input['properties']) ? input['properties'] : {}),
    );
  for (const [name, form] of Object.entries(record ?? {})) {
    if (form !== 'clear' && form !== 'hash')
      throw new TypeError(`${where}, record.${name}: say "clear" or "hash". What is not named is dropped.`);
  }
  return new Map(Object.entries(record ?? {}));
}

/** The model-facing definition of a tool, and its annotations. */
export function toolDefinition(
  options: Tool['options'],
  input: JsonObject,
  output: JsonObject | undefined,
): { readonly annotations: JsonObject; readonly definition: JsonObject } {
  const annotations = {
    readOnlyHint: options.effect === 'read',
    destructiveHint: options.effect === 'destructive' || options.effect === 'critical',
    ...(options.idempotent === undefined ? {} : { idempotentHint: options.idempotent }),
  };
  const definition = {
    ...pick(options, ['name', 'title', 'description', 'icons']),
    inputSchema: input,
    ...(output === undefined ? {} : { outputSchema: output }),
    annotations,
  };
  return { annotations, definition };
}

/** The parameters of a schema that are mirrored into headers. */
export function mirroredOf(input: JsonObject): ToolEntry['mirrored'] {
  return headerAnnotations(input).headers.map(({ path, header, type }) => ({
    path,
    header: `mcp-param-${header.toLowerCase()}`,
    type,
  }));
}

/** The named fields of an object that have a value. */
export function pick(options: object, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(options).filter(([key, value]) => fields.includes(key) && value !== undefined),
  );
}

/** The arguments of a prompt as a client sees them. */
export function promptArguments(input: JsonObject): readonly JsonObject[] {
  const properties = isObject(input['properties']) ? input['properties'] : {};
  const required = Array.isArray(input['required']) ? input['required'] : [];
  return Object.entries(properties).map(([name, field]) => ({
    name,
    ...(isObject(field) ? pick(field, ['title', 'description']) : {}),
    required: required.includes(name),
  }));
}

/** Insists that a URI template and its parameters name the same variables. */
export function refuseUnknownVariables(where: string, variables: readonly string[], input: JsonObject): void {
  const declared = Object.keys(isObject(input['properties']) ? input['properties'] : {});
  const missing =
    variables.find((name) => !declared.includes(name)) ?? declared.find((name) => !variables.includes(name));
  if (missing !== undefined)
    throw new TypeError(`${where}: "${missing}" must stand both in uriTemplate and in params.`);
}

/** The author's own parsing, with faults told in safe words. */
export function refineBy(schema: StandardSchema<unknown, unknown>): Refine {
  const { validate } = schema['~standard'];
  return (value) => {
    const result = validate(value);
    return result instanceof Promise ? result.then(readRefined) : readRefined(result);
  };
}

function readRefined(
  result: Awaited<ReturnType<StandardSchema<unknown, unknown>['~standard']['validate']>>,
): Awaited<ReturnType<Refine>> {
  if (result.issues === undefined) return { value: result.value };
  const issues = result.issues.slice(0, 5).map(({ path }) => {
    const at = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('/');
    return { path: `/${at}`, rule: 'refine', message: `${at === '' ? 'the value' : at} is not accepted` };
  });
  return { issues };
}

/** Freezes a value with everything in it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}

/** The text of a handler whose needs include a database, for those who look for queries in it. */
export function readCode(options: object, needs: Needs): Declared['code'] {
  const queries = Object.entries(needs).flatMap(([name, { kind }]) => (kind === 'sql' ? [name] : []));
  if (queries.length === 0) return undefined;
  const handlers = Object.values(options).filter((member) => typeof member === 'function');
  return { queries, text: handlers.map((handler) => Function.prototype.toString.call(handler)).join('\n') };
}

/** Needs that use nothing which is counted. */
const UNCOUNTED: ReadonlySet<string> = new Set(['log', 'secrets']);

/**
 * Whether what a tool uses is counted, and how many calls of one principal it takes at a time.
 * @throws TypeError when that is no whole number.
 */
export function readMeter(
  where: string,
  { limits = {}, needs = {}, sandbox }: Pick<Tool['options'], 'limits' | 'needs' | 'sandbox'>,
): Pick<ToolEntry, 'metered' | 'concurrent'> {
  const { concurrent } = limits;
  if (concurrent !== undefined && !(Number.isSafeInteger(concurrent) && concurrent > 0))
    throw new TypeError(`${where}, limits.concurrent: give a whole number above 0.`);
  const isSandboxed = readSandbox(where, sandbox, needs) !== 'none';
  const uses = Object.values(needs).some(({ kind }) => !UNCOUNTED.has(kind));
  return { metered: isSandboxed || uses || concurrent !== undefined, concurrent };
}
