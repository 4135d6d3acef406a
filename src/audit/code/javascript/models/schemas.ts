import type { Machine, Model } from '../../engine/machine.ts';
import { ALL, HARM, memberOrigin, origin, type Origin } from '../../engine/origins.ts';
import { harmsTakenByMatch } from '../../engine/pattern.ts';
import { itemsOf, joinAll, objectOf, thing, thingsOf, UNKNOWN, type Sym, type Value } from '../../engine/values.ts';

const HARMLESS: ReadonlySet<string> = new Set(
  (
    'enum nativeEnum literal number int int32 boolean bigint date null undefined nan uuid uuidv4 cuid cuid2 ulid nanoid guid ' +
    'datetime stringbool never void picklist'
  ).split(' '),
);
const ADDRESSES: ReadonlySet<string> = new Set('ip ipv4 ipv6 cidr cidrv4 cidrv6'.split(' '));

/** Whether something is a schema that is checked before the handler runs. */
export function isSchema(value: Value | undefined): boolean {
  return thingsOf(value, 'symbol').some(isSchemaSymbol);
}

function isSchemaSymbol({ path }: Sym): boolean {
  return (
    /^(?:zod|zod\/v[34](?:-mini)?|zod\/mini|@hono\/zod-openapi|fastmcp|valibot|astro\/zod)(?:\.|$)/.test(path) &&
    path.includes('(')
  );
}

/** What passes a schema, of which each part comes from its part of an origin. */
export function passing(machine: Machine, schema: Value | undefined, from: Origin, depth = 0): Value {
  const fields = thingsOf(schema, 'object');
  if (depth > 6) return { origins: [from] };
  if (fields.length > 0)
    return shapeOf(
      machine,
      fields.flatMap((each) => [...each.fields]),
      from,
      depth,
    );
  const [symbol] = thingsOf(schema, 'symbol');
  return symbol === undefined || !isSchemaSymbol(symbol) ? { origins: [from] } : bySymbol(machine, symbol, from, depth);
}

function shapeOf(machine: Machine, fields: readonly (readonly [string, Value])[], from: Origin, depth: number): Value {
  return thing(
    objectOf(fields.map(([name, schema]) => [name, passing(machine, schema, memberOrigin(from, name), depth + 1)])),
  );
}

function bySymbol(machine: Machine, symbol: Sym, from: Origin, depth: number): Value {
  let clears = 0;
  for (let at: Sym | undefined = symbol; at !== undefined; at = at.of) {
    const name = /\.?(\w+)\(\)$/.exec(at.path)?.[1];
    const [first] = at.args ?? [];
    if (name === undefined) continue;
    if (HARMLESS.has(name)) return cleared(from, ALL);
    if (ADDRESSES.has(name)) clears |= ALL & ~HARM.url;
    if (name === 'regex')
      for (const { source, flags } of thingsOf(first, 'pattern')) clears |= harmsTakenByMatch(source, flags);
    if (name === 'refine' || name === 'superRefine') clears |= refined(machine, first, from);
    if (name === 'object' || name === 'strictObject' || name === 'looseObject' || name === 'extend')
      return passing(machine, first, from, depth);
    if (name === 'array' || name === 'set' || name === 'tuple')
      return first === undefined ? arrayOf(machine, at.of, from, depth) : arrayOf(machine, first, from, depth);
    if (name === 'optional' || name === 'nullable' || name === 'nullish' || name === 'default')
      if (at.of === undefined || !isSchemaSymbol(at.of)) return passing(machine, first, from, depth);
    if (name === 'union' || name === 'discriminatedUnion' || name === 'or') return eitherOf(machine, at, from, depth);
    if (name === 'preprocess') return passing(machine, at.args?.[1], from, depth);
  }
  return cleared(from, clears);
}

function cleared(from: Origin, clears: number): Value {
  return { origins: [clears === 0 ? from : origin('checked', [from], clears)] };
}

function arrayOf(machine: Machine, element: Value | Sym | undefined, from: Origin, depth: number): Value {
  const schema = element !== undefined && 'kind' in element ? thing(element) : element;
  const rest = passing(machine, schema, origin('element', [from]), depth + 1);
  return thing({ kind: 'object', fields: new Map(), rest, isList: true });
}

function eitherOf(machine: Machine, { args, of }: Sym, from: Origin, depth: number): Value {
  const options = itemsOf(args?.at(-1));
  const all = options.length > 0 ? options : [...(args ?? []), ...(of === undefined ? [] : [thing(of)])];
  const passed = all.map((each) => passing(machine, each, from, depth + 1));
  return passed.length === 0 ? { origins: [from] } : joinAll(passed);
}

function refined(machine: Machine, check: Value | undefined, from: Origin): number {
  let mask = 0;
  for (const closure of thingsOf(check, 'closure')) {
    const { facts } = machine;
    const answer = machine.invoke(closure, [{ origins: [from] }]);
    machine.facts = facts;
    mask |= answer.yes?.get(from.id) ?? 0;
  }
  return mask & ALL;
}

/** `schema.parse(x)`, and `.data` of `schema.safeParse(x)`. */
export const schemas: Model = (call, machine) => {
  if (!/^(?:parse|parseAsync|safeParse|safeParseAsync|spa)$/.test(call.name) || !isSchema(call.receiver))
    return undefined;
  const [value] = call.args;
  const origins = value?.origins ?? [];
  const passed =
    origins.length === 0 ? (value ?? UNKNOWN) : joinAll(origins.map((each) => passing(machine, call.receiver, each)));
  if (!call.name.startsWith('safe') && call.name !== 'spa') return passed;
  return thing(objectOf([['data', passed]]));
};
