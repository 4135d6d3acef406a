import type { Module } from './ir.ts';

const MOST_DEPTH = 400;

/** A part of a file: a statement, an expression, or what belongs to one. */
export type Part = Readonly<Record<string, unknown>>;

/** Shows every part of a file, with the name that its value is given where it is given one. */
export function walk(module: Module, see: (part: Part, name: string) => void): void {
  const visit = (node: object, name: string, depth: number): void => {
    if (depth > MOST_DEPTH) return;
    if (Array.isArray(node)) {
      for (const each of node) if (isObject(each)) visit(each, name, depth + 1);
      return;
    }
    const part = node as Part;
    see(part, name);
    const { value } = part;
    for (const each of Object.values(part))
      if (isObject(each)) visit(each, each === value ? nameOf(module, part) : '', depth + 1);
  };
  visit(module.body, '', 0);
  visit(module.functions, '', 0);
  visit(module.classes, '', 0);
}

const MOST_WORD = 60;

/** Names and short texts that stand anywhere in a file: what none of them is a word of need not be looked for. */
export type Words = ReadonlySet<string>;

/** The words of a file. */
export function wordsOf(module: Module): Words {
  const words = new Set<string>();
  const see = ({ name, value }: Part): void => {
    if (typeof name === 'string') words.add(name);
    if (typeof value === 'string' && value.length < MOST_WORD) words.add(value);
  };
  for (const each of [module.variables, module.body, module.functions, module.classes]) within(each, see);
  return words;
}

/** Whether a word of a file is such a one. */
export function says(words: Words, pattern: RegExp): boolean {
  for (const word of words) if (pattern.test(word)) return true;
  return false;
}

/** A part that is a text; empty where it is none. */
export function textOf(part: unknown): string {
  return typeof part === 'string' ? part : '';
}

/** Shows every part of a statement or an expression, itself first; functions in it are named by their ids alone. */
export function within(node: unknown, see: (part: Part) => void): void {
  if (isObject(node)) visitWithin(node, see, 0);
}

function visitWithin(node: object, see: (part: Part) => void, depth: number): void {
  if (depth > MOST_DEPTH) return;
  if (!Array.isArray(node)) see(node as Part);
  for (const each of Array.isArray(node) ? node : Object.values(node))
    if (isObject(each)) visitWithin(each, see, depth + 1);
}

/** Whether some part of a statement or an expression is such a part. */
export function holds(node: unknown, isMeant: (part: Part) => boolean): boolean {
  return isObject(node) && holdsWithin(node, isMeant, 0);
}

function holdsWithin(node: object, isMeant: (part: Part) => boolean, depth: number): boolean {
  if (depth > MOST_DEPTH) return false;
  if (!Array.isArray(node) && isMeant(node as Part)) return true;
  for (const each of Array.isArray(node) ? node : Object.values(node))
    if (isObject(each) && holdsWithin(each, isMeant, depth + 1)) return true;
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
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
