import type { Param } from '../ir.ts';
import type { Frame } from './frame.ts';
import type { Call, Given, Machine } from './machine.ts';
import { objectOf, thing, type Value } from './values.ts';

/** What a call gives beside its arguments in order. */
export function givenOf({ more, named, moreNamed }: Pick<Call, 'more' | 'named' | 'moreNamed'>): Given {
  return {
    ...(more === undefined ? {} : { rest: more }),
    ...(named === undefined ? {} : { named }),
    ...(moreNamed === undefined ? {} : { moreNamed }),
  };
}

/** Under what name a parameter can be passed. */
function nameOf({ target }: Param, { module }: Frame): string | undefined {
  return target.kind === 'variable' ? module.variables[target.id]?.name : undefined;
}

/** What is passed by the name of the parameter. */
export function byName(machine: Machine, param: Param, { named, moreNamed }: Given, frame: Frame): Value | undefined {
  if (named === undefined && moreNamed === undefined) return undefined;
  const name = nameOf(param, frame);
  if (name === undefined) return undefined;
  return named?.get(name) ?? (moreNamed === undefined ? undefined : machine.read(moreNamed, name));
}

/** What is passed in order. What stands behind the parameter that takes all that are left is passed by name alone. */
export function inOrder(
  params: readonly Param[],
  at: number,
  args: readonly Value[],
  rest: Value | undefined,
): Value | undefined {
  return params.slice(0, at).some((param) => param.rest === 'positional') ? undefined : (args[at] ?? rest);
}

/** What is passed by name and no parameter has. */
export function namedRest(params: readonly Param[], { named, moreNamed }: Given, frame: Frame): Value {
  const known = new Set(params.map((param) => nameOf(param, frame)));
  const left = [...(named ?? [])].filter(([name]) => !known.has(name));
  return { ...thing(objectOf(left)), ...(moreNamed?.origins === undefined ? {} : { origins: moreNamed.origins }) };
}
