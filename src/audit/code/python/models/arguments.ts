import type { Machine } from '../../engine/machine.ts';
import { ALL, memberOrigin, origin, type Origin, type Source } from '../../engine/origins.ts';
import { harmsTakenByMatch } from '../../engine/pattern.ts';
import {
  objectOf,
  PLAIN,
  symbol,
  thing,
  thingsOf,
  UNKNOWN,
  type ClassThing,
  type Closure,
  type Value,
} from '../../engine/values.ts';
import { requestFrom } from './requests.ts';
import type { Expression, Module, Param } from '../../ir.ts';

/** What a caller passes. */
export function originOf(
  handler: string,
  { module, func }: Closure,
  name: string,
  kind: Source['kind'] = 'argument',
): Origin {
  return origin('member', [], 0, { kind, name, handler, file: module.file, at: func.at, sure: true });
}

/** What a function is passed of which the framework reads the parameters: each by its type. */
export function passedTo(machine: Machine, closure: Closure, handler: string): readonly Value[] {
  return closure.func.params.map((param) => {
    const name = nameOf(param, closure);
    if (isInjected(param, name, closure))
      return /\bRequest$/.test(param.type ?? '')
        ? requestFrom((field, kind) => ({ origins: [originOf(handler, closure, field, kind)] }))
        : symbol('mcp.Context()');
    const from = originOf(handler, closure, name);
    return param.rest === undefined ? typed(machine, param.type ?? '', from, patternOf(param), 0) : { origins: [from] };
  });
}

function nameOf({ target }: Param, { module }: Closure): string {
  return target.kind === 'variable' ? (module.variables[target.id]?.name ?? '') : '';
}

/** The context, and what a dependency gives. */
function isInjected({ type, fallback }: Param, name: string, { module }: Closure): boolean {
  if (type !== undefined && /\b(?:\w*Context|Request|Session|Depends|BackgroundTasks)\b/.test(type)) return true;
  if (type === undefined && /^(?:ctx|context)$/.test(name)) return true;
  return (
    fallback?.kind === 'call' &&
    /^(?:Depends|Security|CurrentContext|CurrentRequest)$/.test(calledName(fallback.callee, module))
  );
}

function calledName(callee: Expression, { variables }: Module): string {
  return callee.kind === 'member' || callee.kind === 'global'
    ? callee.name
    : callee.kind === 'variable'
      ? (variables[callee.id]?.name ?? '')
      : '';
}

/** Types of which no value does harm. */
const HARMLESS =
  /^(?:(?:typing\.)?Literal\[.*\]|int|float|bool|complex|None|(?:uuid\.)?UUID\d?|(?:datetime\.)?(?:date|datetime|time|timedelta)|(?:decimal\.)?Decimal|(?:Positive|NonNegative|Negative|Strict)(?:Int|Float|Bool)|con(?:int|float)\(.*\))$/;

/** A value of a type: a number does no harm, a model has fields. */
function typed(machine: Machine, type: string, from: Origin, clears: number, depth: number): Value {
  const options = optionsOf(unwrapped(type));
  if (options.length > 0 && options.every((each) => HARMLESS.test(each))) return PLAIN;
  const mask = clears | harmsOfPattern(type);
  const own: Value = { origins: [mask === 0 ? from : origin('checked', [from], mask & ALL)] };
  const [only] = options.filter((each) => each !== 'None');
  if (only === undefined || depth > 3) return own;
  const element = /^(?:typing\.)?(?:list|List|set|Set|Sequence|Iterable|tuple|Tuple)\[(.*?)(?:,\s*\.\.\.)?\]$/.exec(
    only,
  )?.[1];
  if (element !== undefined) {
    const inner = origin('element', [from]);
    return thing({
      kind: 'object',
      fields: new Map(),
      rest: typed(machine, element, inner, 0, depth + 1),
      isList: true,
    });
  }
  const klass = /^\w+$/.test(only) ? machine.classNamed(only) : undefined;
  return klass === undefined ? own : ofClass(machine, klass, from, own, depth);
}

function ofClass(machine: Machine, klass: ClassThing, from: Origin, own: Value, depth: number): Value {
  if (isEnum(klass, 0)) return PLAIN;
  const fields = klass.klass.members.filter(({ type, value }) => type !== undefined && value?.kind !== 'function');
  if (fields.length === 0) return own;
  const made = objectOf(
    fields.map(({ name, type, value }) => [
      name,
      typed(machine, type ?? '', memberOrigin(from, name), harmsOfField(value), depth + 1),
    ]),
  );
  return thing({ ...made, of: klass, rest: { origins: [from] } });
}

function isEnum({ bases }: ClassThing, depth: number): boolean {
  return bases.some(
    (base) =>
      thingsOf(base, 'symbol').some(({ path }) => /^enum\.\w*(?:Enum|Flag)$/.test(path)) ||
      (depth < 5 && thingsOf(base, 'class').some((each) => isEnum(each, depth + 1))),
  );
}

/** `Annotated[T, ...]` is a T. */
function unwrapped(type: string): string {
  const clean = type.trim().replace(/^(['"])(.*)\1$/, '$2');
  const inner = /^(?:typing(?:_extensions)?\.)?Annotated\[(.*)\]$/.exec(clean)?.[1];
  return inner === undefined ? clean : (splitAt(inner, ',')[0] ?? clean).trim();
}

/** `A | B`, `Optional[A]`, `Union[A, B]`. */
function optionsOf(type: string): readonly string[] {
  const inner = /^(?:typing\.)?(Optional|Union)\[(.*)\]$/.exec(type);
  const parts = inner === null ? splitAt(type, '|') : splitAt(inner[2] ?? '', ',');
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Splits where no bracket is open. */
function splitAt(text: string, by: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const each = text.charAt(at);
    if ('[({'.includes(each)) depth += 1;
    else if ('])}'.includes(each)) depth -= 1;
    else if (each === by && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** `Field(pattern="^[a-z]+$")` within an annotation. */
function harmsOfPattern(type: string): number {
  const found = /\b(?:pattern|regex)\s*=\s*r?(["'])(.*?)\1/.exec(type)?.[2];
  return found === undefined ? 0 : harmsTakenByMatch(found, '');
}

function patternOf({ fallback }: Param): number {
  return harmsOfField(fallback);
}

/** The same as a default. */
function harmsOfField(value: Expression | undefined): number {
  if (value?.kind !== 'call') return 0;
  const given = value.args.find(({ name }) => name === 'pattern' || name === 'regex')?.value;
  return given?.kind === 'literal' && typeof given.value === 'string' ? harmsTakenByMatch(given.value, '') : 0;
}

/** A model made of what was passed as a dictionary. */
export function validated(machine: Machine, klass: ClassThing, value: Value | undefined): Value {
  const [from] = value?.origins ?? [];
  return from === undefined ? UNKNOWN : typed(machine, klass.klass.name, from, 0, 0);
}
