import type { Module, Offset } from './ir.ts';
import { partOf } from './judged-structure.ts';
import { within, type Part } from './walk.ts';

/** How a setting is called that whoever runs a server turns a check off by. */
const SWITCH = /insecure|skip|verif|ignor|unsafe|self_?sign|reject_?unauth|no_?check|strict_?ssl/i;
/** How what does without a check is called. */
const WITHOUT = /insecure|skip|ignor|unsafe|unverif|no_?verif|self_?sign/i;

/**
 * Where something stands that is done for those alone who ask for it: behind a condition that is called like such a setting, or in
 * a function or a class that is. A number of places, counted as offsets.
 */
export function switchedIn(module: Module): ReadonlySet<Offset> {
  const found = new Set<Offset>();
  const keep = (node: unknown): void =>
    within(node, ({ at }) => {
      if (typeof at === 'number') found.add(at);
    });
  const look = (part: Part): void => {
    const { kind, test, whenTrue, otherwise, left, right } = part;
    if ((kind === 'if' || kind === 'choice') && isSwitch(module, test))
      for (const each of [whenTrue, otherwise]) keep(each);
    if (kind === 'logical' && isSwitch(module, left)) keep(right);
  };
  within(module.body, look);
  for (const { name, body } of module.functions)
    if (WITHOUT.test(name)) keep(body);
    else within(body, look);
  for (const { name, members } of module.classes)
    if (WITHOUT.test(name))
      for (const { value } of members) {
        keep(value);
        const { kind, id } = partOf(value);
        if (kind === 'function' && typeof id === 'number') keep(module.functions[id]?.body);
      }
  return found;
}

function isSwitch(module: Module, test: unknown): boolean {
  let is = false;
  within(test, ({ kind, name, id, value }) => {
    const called = kind === 'variable' && typeof id === 'number' ? module.variables[id]?.name : name;
    is ||= [called, kind === 'literal' ? value : undefined].some(
      (each) => typeof each === 'string' && SWITCH.test(each),
    );
  });
  return is;
}
