import type { Func, Module, Offset } from './ir.ts';
import { lastName, literalOf, partOf, partsOf } from './judged-structure.ts';
import { holds, says, within, type Part, type Words } from './walk.ts';

const SESSION = /^mcp-session-id$/i;
const PRINCIPAL =
  /^(?:principal|subject|identity|user_?(?:id|name)?|tenant_?(?:id)?|account_?(?:id)?|owner|caller|claims|auth_?info|sub)$/i;
const SERVES = /^handle_?request$/i;

/**
 * Where a request is handed to the session that it names, though whoever sends it is known and is only looked at when a session
 * begins: the session answers whoever knows its id.
 */
export function servesAnySession(module: Module, words: Words): readonly Offset[] {
  if (!says(words, SESSION)) return [];
  return module.functions.flatMap((func) => (isOwn(module, func) ? handedOn(module, func) : []));
}

/** Whether the function itself reads the id and finds out who asks. */
function isOwn(module: Module, func: Func): boolean {
  return holds(partsOf(func), isSessionId) && principalsOf(module, func).size > 0;
}

function isSessionId(part: Part): boolean {
  const text = part['kind'] === 'member' ? part['name'] : literalOf(part);
  return typeof text === 'string' && SESSION.test(text);
}

/** Variables that are assigned who asks: by a call, or from what stands in the request. */
function principalsOf(module: Module, { body }: Func): ReadonlySet<number> {
  const found = new Set<number>();
  within(body, ({ kind, target, value }) => {
    const { kind: how, id } = partOf(target);
    if (kind !== 'assign' || how !== 'variable' || typeof id !== 'number') return;
    if (PRINCIPAL.test(module.variables[id]?.name ?? '') && literalOf(value) === undefined) found.add(id);
  });
  return found;
}

/** Calls that serve a transport out of a store of transports, in a function that asks nobody whose it is. */
function handedOn(module: Module, func: Func): readonly Offset[] {
  const principals = principalsOf(module, func);
  const sessions = sessionsOf(func);
  const isPrincipal = ({ kind, id }: Part): boolean => kind === 'variable' && principals.has(id as number);
  const isSession = ({ kind, id }: Part): boolean => kind === 'variable' && sessions.has(id as number);
  // Who asks and the session meet: they are compared, or looked up together.
  const isBound = holds(partsOf(func), (part) => {
    const { kind, op, left, right, args, parts, items, index } = part;
    if (kind === 'binary' && (op === 'equal' || op === 'unequal'))
      return (
        [left, right].some((each) => holds(each, isPrincipal)) && ![left, right].some((each) => isNothing(module, each))
      );
    if (kind === 'index' && holds(index, isPrincipal)) return true;
    const together = kind === 'call' ? args : kind === 'text' ? parts : kind === 'list' ? items : undefined;
    return (
      together !== undefined &&
      holds(together, isPrincipal) &&
      (holds(together, isSession) || /^(?:get|has)$/.test(lastName(module, part)))
    );
  });
  if (isBound) return [];
  const stored = storedOf(func, isSession);
  const found: Offset[] = [];
  within(func.body, (part) => {
    const { kind, callee, at } = part;
    if (kind !== 'call' || typeof at !== 'number' || !SERVES.test(lastName(module, part))) return;
    const { id } = partOf(partOf(callee)['of']);
    const isDirect = isLookup(partOf(callee)['of'], isSession);
    if (isDirect || (typeof id === 'number' && stored.has(id))) found.push(at);
  });
  // The first serves the session that is known already.
  return found.slice(0, 1);
}

function isNothing(module: Module, node: unknown): boolean {
  return literalOf(node) !== undefined || lastName(module, node) === 'undefined';
}

/** Variables that hold the id of a session. */
function sessionsOf({ body }: Func): ReadonlySet<number> {
  const found = new Set<number>();
  within(body, ({ kind, target, value }) => {
    const { kind: how, id } = partOf(target);
    if (kind === 'assign' && how === 'variable' && typeof id === 'number' && holds(value, isSessionId)) found.add(id);
  });
  return found;
}

/** Variables that hold what was looked up by the id of a session. */
function storedOf({ body }: Func, isSession: (part: Part) => boolean): ReadonlySet<number> {
  const found = new Set<number>();
  within(body, ({ kind, target, value }) => {
    const { kind: how, id } = partOf(target);
    if (
      kind === 'assign' &&
      how === 'variable' &&
      typeof id === 'number' &&
      holds(value, (part) => isLookup(part, isSession))
    )
      found.add(id);
  });
  return found;
}

/** `transports[id]`, `transports.get(id)`. */
function isLookup(node: unknown, isSession: (part: Part) => boolean): boolean {
  const { kind, index, callee, args } = partOf(node);
  if (kind === 'index') return isSession(partOf(index));
  if (kind !== 'call' || !Array.isArray(args)) return false;
  return partOf(callee)['name'] === 'get' && isSession(partOf(partOf(args[0])['value']));
}
