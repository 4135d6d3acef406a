import type { Func, Statement } from '../ir.ts';
import type { Value } from './values.ts';

/** What a call gives of which nothing comes back. Known by itself, and not by what is in it. */
export const NEVER: Value = Object.freeze({});

const known = new WeakMap<Func, boolean>();

/** Whether a function does nothing but throw, whatever it is given: `def fail(text): raise ValueError(text)`. */
export function alwaysThrows(func: Func): boolean {
  const held = known.get(func);
  if (held !== undefined) return held;
  const found = func.body.at(-1)?.kind === 'throw' && func.body.slice(0, -1).every(isPassed);
  known.set(func, found);
  return found;
}

/** Whether what comes after a statement is reached from it, or nothing is. */
function isPassed(statement: Statement): boolean {
  if (statement.kind === 'if') return [...statement.whenTrue, ...statement.otherwise].every(isPassed);
  return /^(?:assign|do|throw)$/.test(statement.kind);
}
