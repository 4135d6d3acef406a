import type { Module } from './ir.ts';

const MOST_DEPTH = 400;

/** A part of a file: a statement, an expression, or what belongs to one. */
export type Part = Readonly<Record<string, unknown>>;

/** Shows every part of a file, with the name that its value is given where it is given one. */
export function walk(module: Module, see: (part: Part, name: string) => void): void {
  const visit = (node: unknown, name: string, depth: number): void => {
    if (typeof node !== 'object' || node === null || depth > MOST_DEPTH) return;
    if (Array.isArray(node)) {
      for (const each of node) visit(each, name, depth + 1);
      return;
    }
    const part = node as Part;
    see(part, name);
    const own = nameOf(module, part);
    for (const [key, each] of Object.entries(part))
      if (typeof each === 'object') visit(each, key === 'value' ? own : '', depth + 1);
  };
  visit(module.body, '', 0);
  visit(module.functions, '', 0);
  visit(module.classes, '', 0);
}

/** A part that is a text; empty where it is none. */
export function textOf(part: unknown): string {
  return typeof part === 'string' ? part : '';
}

/** Shows every part of a statement or an expression; functions in it are named by their ids alone. */
export function inNode(node: unknown, see: (part: Part) => void, depth = 0): void {
  if (typeof node !== 'object' || node === null || depth > MOST_DEPTH) return;
  if (!Array.isArray(node)) see(node as Part);
  for (const each of Object.values(node)) if (typeof each === 'object') inNode(each, see, depth + 1);
}

/** The name that a value is given: of a variable, a field or an argument. */
function nameOf(module: Module, node: Part): string {
  const { name, target } = node;
  if (typeof name === 'string') return name;
  if (typeof target !== 'object' || target === null) return '';
  const { id, name: member } = target as { readonly id?: unknown; readonly name?: unknown };
  if (typeof member === 'string') return member;
  return typeof id === 'number' ? (module.variables[id]?.name ?? '') : '';
}
