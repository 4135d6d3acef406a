import type { Frame } from './frame.ts';
import { alwaysThrows, NEVER } from './never.ts';
import { bothFacts, eitherFacts, type Facts } from './origins.ts';
import { baked, certainty } from './state.ts';
import { join, UNKNOWN, type Value } from './values.ts';

/** What a function gives back over all of its ways, and what holds after it. */
export function returned({ returns, func, klass }: Frame): { readonly value: Value; readonly facts?: Facts } {
  const [first, ...others] = returns;
  // Nothing comes back from a function that always throws; a method that does may be another one in a class below.
  if (first === undefined)
    return { value: func !== undefined && klass === undefined && alwaysThrows(func) ? NEVER : UNKNOWN };
  const common = others.reduce((all, each) => eitherFacts(all, each.facts), first.facts);
  const values = returns.map((each) => baked(each.value, each.facts, common));
  const truth = (wanted: boolean): Facts | undefined => {
    const own = returns.filter(({ value }) => certainty(value) !== !wanted);
    const all = own.map(({ value, facts }) => bothFacts(facts, wanted ? value.yes : value.no));
    const [head, ...tail] = all;
    return head === undefined ? undefined : tail.reduce((a, b) => eitherFacts(a, b), head);
  };
  const { yes: _yes, no: _no, ...value } = values.reduce((a, b) => join(a, b));
  const [yes, no] = [truth(true), truth(false)];
  return {
    value: { ...value, ...(yes === undefined ? {} : { yes }), ...(no === undefined ? {} : { no }) },
    facts: common,
  };
}
