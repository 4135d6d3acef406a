import type { Expression, Statement, Target } from '../ir.ts';
import { unknown, type Lowering } from './lowering.ts';
import { declareNameless, type Scope } from './scope.ts';
import { nowhere } from './targets.ts';

type Case = Extract<Statement, { kind: 'switch' }>['cases'][number];

/** `match`: literals are tested, and what a pattern captures is assigned. */
export function lowerMatch(from: Lowering, node: number, scope: Scope): readonly Statement[] {
  const { tree } = from;
  const at = tree.start(node);
  const parts = tree.children(node);
  const subjects = parts.slice(0, -1).map((part) => from.expression(part, scope));
  const [only] = subjects;
  const value: Expression =
    subjects.length === 1 && only !== undefined
      ? only
      : { kind: 'list', items: subjects.map((each) => ({ value: each, spread: false })), at };
  const id = declareNameless(from.variables, scope);
  const on: Expression = { kind: 'variable', id, at };
  const clauses = tree.children(parts.at(-1) ?? node).filter((clause) => tree.kind(clause) === 'case_clause');
  return [
    { kind: 'assign', target: { kind: 'variable', id }, value },
    { kind: 'switch', on, cases: clauses.map((clause) => caseOf(from, clause, on, scope)) },
  ];
}

function caseOf(from: Lowering, clause: number, on: Expression, scope: Scope): Case {
  const { tree } = from;
  const parts = tree.children(clause);
  const patterns = parts.filter((part) => tree.kind(part) === 'case_pattern');
  const guard = parts.find((part) => tree.kind(part) === 'if_clause');
  const block = parts.find((part) => tree.kind(part) === 'block');
  const inside = block === undefined ? [] : from.statements(block, scope);
  const [test] = guard === undefined ? [] : tree.children(guard);
  const guarded: readonly Statement[] =
    test === undefined ? inside : [{ kind: 'if', test: from.expression(test, scope), whenTrue: inside, otherwise: [] }];
  const [pattern] = patterns;
  const captured: Target =
    patterns.length === 1 && pattern !== undefined
      ? captures(from, pattern, scope)
      : { kind: 'items', items: patterns.map((each) => ({ target: captures(from, each, scope) })) };
  const tests = patterns.length === 1 && pattern !== undefined ? testsOf(from, pattern, scope) : undefined;
  const isDefault = test === undefined && patterns.length === 1 && pattern !== undefined && isOpen(from, pattern);
  return {
    tests: isDefault ? [] : (tests ?? [unknown(tree.start(clause))]),
    isDefault,
    body: [{ kind: 'assign', target: captured, value: on }, ...guarded],
    falls: false,
  };
}

/** Whether everything matches: `case x`, `case _`. */
function isOpen({ tree }: Lowering, pattern: number): boolean {
  const parts = tree.children(pattern);
  const [only] = parts;
  if (only === undefined) return tree.textOf(pattern).trim() === '_';
  return parts.length === 1 && tree.kind(only) === 'dotted_name' && tree.children(only).length === 1;
}

/** The values that a pattern stands for, where it stands for values. */
function testsOf(from: Lowering, pattern: number, scope: Scope): readonly Expression[] | undefined {
  const { tree } = from;
  const kind = tree.kind(pattern);
  const children = tree.children(pattern);
  switch (kind) {
    case 'case_pattern':
    case 'as_pattern':
    case 'union_pattern': {
      const parts = kind === 'as_pattern' ? children.slice(0, 1) : children;
      const found = parts.map((child) => testsOf(from, child, scope));
      return found.length === 0 || found.includes(undefined) ? undefined : found.flatMap((each) => each ?? []);
    }
    case 'dotted_name': {
      if (children.length < 2) return undefined;
      // `case Mode.READ`
      const [root = pattern, ...names] = children;
      let value = from.expression(root, scope);
      for (const name of names) value = { kind: 'member', of: value, name: tree.textOf(name), at: tree.start(pattern) };
      return [value];
    }
    case 'string':
    case 'concatenated_string':
    case 'integer':
    case 'float':
    case 'true':
    case 'false':
    case 'none':
      return [from.expression(pattern, scope)];
    default:
      return undefined;
  }
}

/** Where the parts of a value go that a pattern takes apart. */
function captures(from: Lowering, pattern: number, scope: Scope): Target {
  const { tree } = from;
  const children = tree.children(pattern);
  const [first = pattern, second = pattern] = children;
  switch (tree.kind(pattern)) {
    case 'case_pattern':
      return children.length === 1 ? captures(from, first, scope) : nowhere();
    case 'union_pattern':
      return captures(from, children.at(-1) ?? pattern, scope);
    case 'as_pattern':
      return from.target(second, scope);
    case 'identifier':
      return from.target(pattern, scope);
    case 'dotted_name':
      return children.length === 1 ? from.target(first, scope) : nowhere();
    case 'splat_pattern':
      return first === pattern ? nowhere() : from.target(first, scope);
    case 'list_pattern':
    case 'tuple_pattern': {
      const isRest = (child: number): boolean => tree.textOf(child).startsWith('*');
      const rest = children.find(isRest);
      const items = children
        .filter((child) => !isRest(child))
        .map((child) => ({ target: captures(from, child, scope) }));
      return { kind: 'items', items, ...(rest === undefined ? {} : { rest: captures(from, rest, scope) }) };
    }
    case 'dict_pattern':
      return dictionary(from, children, scope);
    case 'class_pattern':
      return instance(from, children.slice(1), scope);
    default:
      return nowhere();
  }
}

function dictionary(from: Lowering, parts: readonly number[], scope: Scope): Target {
  const { tree } = from;
  const fields: { readonly name: string; readonly target: Target }[] = [];
  let rest: Target | undefined;
  for (const [index, part] of parts.entries()) {
    const value = parts[index + 1];
    if (tree.kind(part) === 'splat_pattern') rest = captures(from, part, scope);
    else if (tree.kind(part) === 'string' && value !== undefined) {
      const key = from.expression(part, scope);
      const name = key.kind === 'literal' ? String(key.value) : '';
      fields.push({ name, target: captures(from, value, scope) });
    }
  }
  return { kind: 'fields', fields, ...(rest === undefined ? {} : { rest }) };
}

/** `A(b=x)` takes a field; `str(x)` takes the value itself. */
function instance(from: Lowering, parts: readonly number[], scope: Scope): Target {
  const { tree } = from;
  const [first] = parts;
  const keyword = (part: number): number | undefined =>
    tree.children(part).find((child) => tree.kind(child) === 'keyword_pattern');
  if (first === undefined) return nowhere();
  if (keyword(first) === undefined) return captures(from, first, scope);
  const fields = parts.flatMap((part) => {
    const pair = keyword(part);
    const [name, value] = pair === undefined ? [] : tree.children(pair);
    return name === undefined || value === undefined
      ? []
      : [{ name: tree.textOf(name), target: captures(from, value, scope) }];
  });
  return { kind: 'fields', fields };
}
