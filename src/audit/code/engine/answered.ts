import type { Expression, Func, Statement } from '../ir.ts';
import { escapedBy } from './escaped.ts';
import type { Call } from './machine.ts';
import { NEVER } from './never.ts';
import { tested } from './state.ts';
import { redacted, type Closure, type Value } from './values.ts';

/** What a function of the target gives to whoever called it. */
export function answered(call: Pick<Call, 'name' | 'args'>, closure: Closure, value: Value): Value {
  const given = redacted(call.name, escapedBy(closure, value));
  if (given === NEVER || given.origins !== undefined || given.isPlain === true || !searches(closure.func)) return given;
  // Which of its own things it found, or none, was decided by what it was given: `forbiddenFolderOf(path)`.
  const { origins } = tested(call.args);
  return origins === undefined ? given : { ...given, origins };
}

const known = new WeakMap<Func, boolean>();

/** Whether a function goes through a list and gives back one of its elements. */
function searches(func: Func): boolean {
  const held = known.get(func);
  if (held !== undefined) return held;
  const found = func.body.some((each) => each.kind === 'loop' && each.each !== undefined && each.body.some(givesBack));
  known.set(func, found);
  return found;
}

function givesBack(statement: Statement): boolean {
  if (statement.kind === 'if') return [...statement.whenTrue, ...statement.otherwise].some(givesBack);
  return statement.kind === 'return' && statement.value?.kind === 'variable';
}

/** Whether there is something: what was asked to find it is asked again. */
export function presence({ origins, yes }: Value): Value {
  const asked = origins?.every(({ how }) => how === 'test') === true ? { origins } : {};
  return { isPlain: true, ...asked, ...(yes === undefined ? {} : { no: yes }) };
}

/** A class that is named with the types that it is for: `FastMCP[Context]`. */
export function withoutTypes(base: Expression): Expression {
  return base.kind === 'index' ? base.of : base;
}
