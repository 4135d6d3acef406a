import type { Func, Module } from './ir.ts';
import type { Part } from './walk.ts';

/** A part, where it is one. */
export function partOf(node: unknown): Part {
  return typeof node === 'object' && node !== null ? (node as Part) : {};
}

/** What a literal says. */
export function literalOf(node: unknown): unknown {
  const part = partOf(node);
  return part['kind'] === 'literal' ? part['value'] : undefined;
}

/** The last name by which something is called: of a variable, a member, or what is called. */
export function lastName(module: Module, node: unknown): string {
  const { kind, name, id, callee, value } = partOf(node);
  if (kind === 'call') return lastName(module, callee);
  if (kind === 'await') return lastName(module, value);
  if (kind === 'variable' && typeof id === 'number') return module.variables[id]?.name ?? '';
  return typeof name === 'string' ? name : '';
}

/** The parts of a function: its parameters and its body. */
export function partsOf({ params, body }: Func): unknown {
  return [params, body];
}
