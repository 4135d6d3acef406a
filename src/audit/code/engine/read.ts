import type { Machine } from './machine.ts';
import { memberOrigin } from './origins.ts';
import {
  joinAll,
  PLAIN,
  symbol,
  thing,
  thingsOf,
  UNKNOWN,
  type ClassThing,
  type Obj,
  type Sym,
  type Value,
} from './values.ts';

/** A member of a value by its name. */
export function readMember(machine: Machine, of: Value, name: string): Value {
  machine.step();
  if (of.isPlain === true && of.things === undefined) return UNKNOWN;
  const found: Value[] = [];
  let isWritten = false;
  for (const each of of.things ?? []) {
    if (each.kind === 'object') {
      const held = isLength(name) ? each.fields.get(name) : readObject(machine, each, name);
      if (held !== undefined) found.push(held);
      isWritten ||= each.fields.has(name);
    } else if (each.kind === 'class') {
      const held = readStatic(machine, each, name, 0);
      if (held !== undefined) found.push(held);
    } else if (each.kind === 'symbol' && name !== '') {
      found.push(
        name === 'default'
          ? thing(each)
          : symbol(`${each.path}.${name}`, { of: each, ...(each.args && { args: each.args }) }),
      );
    }
  }
  if (isLength(name)) return found.length > 0 ? joinAll(found) : PLAIN;
  if (of.origins !== undefined && !isWritten)
    found.push({ origins: of.origins.map((each) => memberOrigin(each, name)) });
  return found.length === 0 ? UNKNOWN : joinAll(found);
}

function isLength(name: string): boolean {
  return name === 'length' || name === 'size' || name === 'byteLength';
}

function readObject(machine: Machine, each: Obj, name: string): Value | undefined {
  const held = each.fields.get(name);
  if (held !== undefined) return held;
  const method = each.of === undefined ? undefined : readMethod(machine, each.of, each, name, 0);
  return method ?? each.rest;
}

function readMethod(machine: Machine, klass: ClassThing, self: Obj, name: string, depth: number): Value | undefined {
  if (depth > 8) return undefined;
  const isShared = klass.module.language === 'python';
  const member = klass.klass.members.find((each) => each.name === name && (!each.isStatic || isShared));
  if (member?.value?.kind === 'function' && klass.frame !== undefined) {
    const on = thing(member.isStatic ? klass : self);
    const closure = { ...machine.closureOf(member.value.id, klass.frame, on, klass) };
    if (member.isGetter === true) return machine.invoke(closure, []);
    const above = REGISTERS.test(name) ? outsideOf(klass, 0) : undefined;
    return above === undefined ? thing(closure) : thing(closure, symbolOf(above, name));
  }
  if (member?.type !== undefined && member.value === undefined) {
    const typed = /^[A-Z]\w*$/.test(member.type) ? machine.classNamed(member.type) : undefined;
    if (typed !== undefined && typed.klass !== klass.klass) return machine.instanceOf(typed);
  }
  // What a class of Python holds its instances hold too.
  const shared = isShared ? klass.own.fields.get(name) : undefined;
  if (shared !== undefined) return shared;
  for (const base of klass.bases) {
    for (const above of thingsOf(base, 'class')) {
      const held = readMethod(machine, above, self, name, depth + 1);
      if (held !== undefined) return held;
    }
    for (const above of thingsOf(base, 'symbol')) return thing(symbolOf(above, name));
  }
  return undefined;
}

/** What is registered in a way of its own reaches callers all the same. */
const REGISTERS = /^(?:(?:add_?)?(?:tool|resource|prompt)|register(?:Tool|Resource|Prompt))$/i;

/** What from outside a class is made of. */
function outsideOf({ bases }: ClassThing, depth: number): Sym | undefined {
  if (depth > 8) return undefined;
  return bases
    .map((base) => {
      const [above] = thingsOf(base, 'class');
      return thingsOf(base, 'symbol')[0] ?? (above === undefined ? undefined : outsideOf(above, depth + 1));
    })
    .find((each) => each !== undefined);
}

function symbolOf(above: Sym, name: string): Sym {
  return { kind: 'symbol', path: `${above.path}().${name}`.slice(-200), of: above };
}

function readStatic(machine: Machine, klass: ClassThing, name: string, depth: number): Value | undefined {
  const held = klass.own.fields.get(name);
  if (held !== undefined || depth > 8) return held;
  const member = klass.klass.members.find((each) => each.name === name);
  if (member?.value?.kind === 'function' && klass.frame !== undefined)
    return thing(machine.closureOf(member.value.id, klass.frame, thing(klass), klass));
  for (const base of klass.bases)
    for (const above of thingsOf(base, 'class')) {
      const found = readStatic(machine, above, name, depth + 1);
      if (found !== undefined) return found;
    }
  return undefined;
}
