import type { Expression, Target } from '../ir.ts';
import type { Frame } from './frame.ts';
import type { Machine } from './machine.ts';
import { NO_FACTS } from './origins.ts';
import { baked } from './state.ts';
import { elementOf } from './statements.ts';
import { join, thingsOf, UNKNOWN, type Value } from './values.ts';

/** Assigns a value to whatever can be assigned to. */
export function assign(machine: Machine, target: Target, value: Value, frame: Frame): void {
  switch (target.kind) {
    case 'variable':
      assignVariable(target.id, value, frame);
      return;
    case 'global':
      return;
    case 'member':
      writeMember(machine.evaluate(target.of, frame), target.name, baked(value, machine.facts, NO_FACTS));
      return;
    case 'index': {
      const of = machine.evaluate(target.of, frame);
      const index = machine.evaluate(target.index, frame);
      const names = index.origins === undefined ? (index.constants ?? ['']) : [''];
      for (const name of names) writeMember(of, String(name), baked(value, machine.facts, NO_FACTS));
      return;
    }
    case 'fields':
      for (const { name, target: inner, fallback } of target.fields)
        assign(machine, inner, withDefault(machine, machine.read(value, name), fallback, frame), frame);
      if (target.rest !== undefined) assign(machine, target.rest, value, frame);
      return;
    case 'items':
      for (const [at, item] of target.items.entries())
        if (item !== undefined)
          assign(machine, item.target, withDefault(machine, itemAt(value, at), item.fallback, frame), frame);
      if (target.rest !== undefined) assign(machine, target.rest, listed(elementOf(value)), frame);
  }
}

function listed(element: Value): Value {
  return { things: [{ kind: 'object', fields: new Map(), rest: element, isList: true }] };
}

function itemAt(value: Value, at: number): Value {
  const lists = thingsOf(value, 'object');
  const held = lists.flatMap((each) => [each.fields.get(String(at)) ?? each.rest ?? []].flat());
  return lists.length > 0 && held.length === lists.length && value.origins === undefined
    ? held.reduce((all, each) => join(all, each))
    : elementOf(value);
}

/** What is given, or the default where nothing may have been. */
export function withDefault(machine: Machine, value: Value, fallback: Expression | undefined, frame: Frame): Value {
  if (fallback === undefined) return value;
  const other = machine.evaluate(fallback, frame);
  return value === UNKNOWN ? other : join(value, other);
}

function assignVariable(id: number, value: Value, frame: Frame): void {
  const owner = frame.module.variables[id]?.owner;
  const func = owner === undefined ? undefined : frame.module.functions[owner];
  if (frame.func === func) {
    frame.vars.set(id, value);
    return;
  }
  // A variable of a function around this one: what it holds when this one runs is not known.
  for (let at = frame.around; at !== undefined; at = at.around)
    if (at.func === func) {
      const held = at.vars.get(id);
      at.vars.set(id, held === undefined ? value : join(held, value));
      return;
    }
}

function writeMember(of: Value, name: string, value: Value): void {
  for (const each of of.things ?? []) {
    if (each.kind === 'class') write(each.own, name, value);
    else if (each.kind === 'object') write(each, name, value);
  }
}

const MOST_FIELDS = 400;

/** Adds what a field may hold. */
function write(to: { readonly fields: Map<string, Value>; rest: Value | undefined }, name: string, value: Value): void {
  if (name === '' || to.fields.size > MOST_FIELDS) {
    to.rest = join(to.rest, value);
    return;
  }
  const held = to.fields.get(name);
  const isNothing = held?.constants?.length === 1 && held.constants[0] === null;
  to.fields.set(name, held === undefined || isNothing ? value : join(held, value));
}
