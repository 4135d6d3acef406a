import type { Expression, Import, Module, VariableId } from '../ir.ts';
import type { Frame } from './frame.ts';
import type { Machine } from './machine.ts';
import type { Value } from './values.ts';

const IMPORTS = new WeakMap<Module, ReadonlyMap<VariableId, Import>>();

/** What a variable of a file is imported as. */
export function importOf(module: Module, id: VariableId): Import | undefined {
  const known = IMPORTS.get(module) ?? new Map(module.imports.toReversed().map((each) => [each.variable, each]));
  IMPORTS.set(module, known);
  return known.get(id);
}

/** `a.b` where `a` is a file: no more of it is looked up than `b`. */
export function memberOfImport(
  machine: Machine,
  { of, name }: Expression & { readonly kind: 'member' },
  frame: Frame,
): Value | undefined {
  if (of.kind !== 'variable') return undefined;
  const taken = importOf(frame.module, of.id);
  return taken === undefined || isAssigned(frame, of.id)
    ? undefined
    : machine.importedMember(frame.module, taken, name);
}

function isAssigned(frame: Frame, id: VariableId): boolean {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.around) if (at.vars.has(id)) return true;
  return false;
}
