import { secretIn } from '../secrets-in-files.ts';
import type { SecretFact } from './facts.ts';
import type { Module } from './ir.ts';
import { spotOf } from './notes.ts';

const MOST_DEPTH = 400;

/** The texts of a file that are secrets, by their kind alone. */
export function secretsOf(module: Module): readonly SecretFact[] {
  const found = new Map<number, SecretFact>();
  const visit = (node: unknown, name: string, depth: number): void => {
    if (typeof node !== 'object' || node === null || depth > MOST_DEPTH) return;
    if (Array.isArray(node)) {
      for (const each of node) visit(each, name, depth + 1);
      return;
    }
    const held = node as Readonly<Record<string, unknown>>;
    if (held['kind'] === 'literal') {
      const { value, at } = held;
      const secret = typeof value === 'string' && value.length < 20_000 ? secretIn(name, value) : undefined;
      if (secret !== undefined && typeof at === 'number' && isMeant(secret, String(value)))
        found.set(at, { ...spotOf(module, at), secret, name: name.slice(0, 60), isBuilt: module.isBuilt });
      return;
    }
    const own = nameOf(module, held);
    for (const [key, each] of Object.entries(held))
      if (typeof each === 'object') visit(each, key === 'value' ? own : '', depth + 1);
  };
  visit(module.body, '', 0);
  visit(module.functions, '', 0);
  visit(module.classes, '', 0);
  return [...found.values()];
}

/** In code a name such as `password` says little: the value has to look like one. */
function isMeant(secret: string, value: string): boolean {
  return secret !== 'a password' || (/^[^\s(){}<>[\]$]{8,80}$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value));
}

/** The name that a value is given: of a variable, a field or an argument. */
function nameOf(module: Module, node: Readonly<Record<string, unknown>>): string {
  const { name, target } = node;
  if (typeof name === 'string') return name;
  if (typeof target !== 'object' || target === null) return '';
  const { id, name: member } = target as { readonly id?: unknown; readonly name?: unknown };
  if (typeof member === 'string') return member;
  return typeof id === 'number' ? (module.variables[id]?.name ?? '') : '';
}
