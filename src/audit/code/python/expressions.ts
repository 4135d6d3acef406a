import type { Argument, Expression, Field, Target } from '../ir.ts';
import { unknown, type Lowering } from './lowering.ts';
import { BUILT_IN } from './built-in.ts';
import { moduleScope, resolve, type Scope } from './scope.ts';
import { formatted, joinedStrings } from './texts.ts';

/** An expression of Python. */
export function lowerExpression(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const at = tree.start(node);
  const children = tree.children(node);
  const [first = node, second = node, third = node] = children;
  const lower = (child: number): Expression => from.expression(child, scope);
  switch (tree.kind(node)) {
    case 'identifier':
      return nameOf(from, node, scope);
    case 'string':
      return formatted(from, node, scope);
    case 'concatenated_string':
      return joinedStrings(from, node, scope);
    case 'integer':
    case 'float':
      return { kind: 'literal', value: Number(tree.textOf(node).replaceAll('_', '')) || 0, at };
    case 'true':
      return { kind: 'literal', value: true, at };
    case 'false':
      return { kind: 'literal', value: false, at };
    case 'none':
      return { kind: 'literal', value: null, at };
    case 'attribute':
      return attribute(from, node, scope);
    case 'subscript':
      return subscript(from, node, scope);
    case 'call':
      return call(from, node, scope);
    case 'await':
      return { kind: 'await', value: lower(first), at };
    case 'parenthesized_expression':
      return children.length === 1 ? lower(first) : { kind: 'sequence', items: children.map(lower), at };
    case 'binary_operator':
      return binary(from, node, scope);
    case 'comparison_operator':
      return comparison(from, node, scope);
    case 'boolean_operator': {
      const op = operatorBetween(from, first, second) === 'and' ? 'and' : 'or';
      return { kind: 'logical', op, left: lower(first), right: lower(second), at };
    }
    case 'not_operator':
      return { kind: 'not', value: lower(first), at };
    case 'conditional_expression':
      return { kind: 'choice', test: lower(second), whenTrue: lower(first), otherwise: lower(third), at };
    case 'named_expression':
      return { kind: 'assign', target: from.target(first, scope), value: lower(second), at };
    case 'lambda':
      return { kind: 'function', id: from.func(node, scope, {}), at };
    case 'list':
    case 'tuple':
    case 'set':
    case 'expression_list':
    case 'pattern_list':
      return {
        kind: 'list',
        items: children.map((child) =>
          tree.kind(child) === 'list_splat'
            ? { value: lower(tree.children(child)[0] ?? child), spread: true }
            : { value: lower(child), spread: false },
        ),
        at,
      };
    case 'dictionary':
      return { kind: 'object', fields: children.map((child) => field(from, child, scope)), at };
    case 'list_comprehension':
    case 'set_comprehension':
    case 'generator_expression':
    case 'dictionary_comprehension':
      return comprehension(from, children, scope, at);
    case 'keyword_argument':
    case 'list_splat':
    case 'dictionary_splat':
      return lower(children.at(-1) ?? node);
    default:
      return children.length === 0 ? unknown(at) : { kind: 'sequence', items: children.map(lower), at };
  }
}

/** What a name stands for. */
function nameOf(from: Lowering, node: number, scope: Scope): Expression {
  const name = from.tree.textOf(node);
  const at = from.tree.start(node);
  const meaning = resolve(scope, name) ?? starred(from, name, scope, at);
  if (meaning === undefined) return { kind: 'global', name, at };
  return meaning === 'self' ? { kind: 'self', at } : { kind: 'variable', id: meaning, at };
}

/** A name that nothing in the file binds comes from `from x import *`, if the file has one. */
function starred({ variables, imports, stars }: Lowering, name: string, scope: Scope, at: number): number | undefined {
  const source = stars.find((each) => each.startsWith('.')) ?? stars[0];
  if (source === undefined || BUILT_IN.has(name)) return undefined;
  const id = variables.length;
  variables.push({ name });
  moduleScope(scope).names.set(name, id);
  imports.push({ variable: id, from: source, name, at });
  return id;
}

/** `a.b`; where the file says `import a.b`, that module. */
function attribute(from: Lowering, node: number, scope: Scope): Expression {
  const { tree, dotted } = from;
  const at = tree.start(node);
  if (dotted.size > 0) {
    const path = tree.textOf(node);
    const id = dotted.get(path);
    const root = path.split('.', 1)[0] ?? '';
    if (id !== undefined && dotted.has(root) && resolve(scope, root) === dotted.get(root))
      return { kind: 'variable', id, at };
  }
  const [object = node, name = node] = tree.children(node);
  const of = from.expression(object, scope);
  // `super().x`
  const isSuper =
    of.kind === 'call' && of.callee.kind === 'global' && of.callee.name === 'super'
      ? { kind: 'super' as const, at }
      : of;
  return { kind: 'member', of: isSuper, name: tree.textOf(name), at };
}

/** `a[b]`; a slice is what `slice` gives in the intermediate form. */
function subscript(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const at = tree.start(node);
  const [object = node, ...indexes] = tree.children(node);
  const of = from.expression(object, scope);
  const [index] = indexes;
  if (index !== undefined && tree.kind(index) === 'slice') {
    const args = tree.children(index).map((bound) => ({ value: from.expression(bound, scope) }));
    return { kind: 'call', callee: { kind: 'member', of, name: 'slice', at }, args, isNew: false, at };
  }
  if (index !== undefined && indexes.length === 1)
    return { kind: 'index', of, index: from.expression(index, scope), at };
  const items = indexes.map((each) => ({ value: from.expression(each, scope), spread: false }));
  return { kind: 'index', of, index: { kind: 'list', items, at }, at };
}

function call(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const at = tree.start(node);
  const [called = node, given = node] = tree.children(node);
  const args = argumentsOf(from, given, scope);
  let callee = from.expression(called, scope);
  const [only] = args;
  const isImport =
    (callee.kind === 'global' && callee.name === '__import__') ||
    /^importlib\.import_module$/.test(tree.textOf(called));
  if (isImport && only?.value.kind === 'literal' && typeof only.value.value === 'string')
    return { kind: 'import', from: only.value.value, at };
  // `super().__init__(...)` makes the instance of the class above.
  if (callee.kind === 'member' && callee.of.kind === 'super' && callee.name === '__init__') callee = callee.of;
  return { kind: 'call', callee, args, isNew: false, at };
}

/** The arguments of a call, or the bases of a class. */
export function argumentsOf(from: Lowering, node: number, scope: Scope): readonly Argument[] {
  const { tree } = from;
  // `f(x for x in y)`
  if (tree.kind(node) !== 'argument_list') return [{ value: from.expression(node, scope) }];
  return tree.children(node).map((child) => {
    const [name = child, value = child] = tree.children(child);
    switch (tree.kind(child)) {
      case 'keyword_argument':
        return { value: from.expression(value, scope), name: tree.textOf(name) };
      case 'list_splat':
        return { value: from.expression(name, scope), spread: 'positional' };
      case 'dictionary_splat':
        return { value: from.expression(name, scope), spread: 'named' };
      default:
        return { value: from.expression(child, scope) };
    }
  });
}

function field(from: Lowering, node: number, scope: Scope): Field {
  const { tree } = from;
  const [key = node, value = node] = tree.children(node);
  if (tree.kind(node) !== 'pair') return { spread: true, value: from.expression(key, scope) };
  const lowered = from.expression(key, scope);
  if (lowered.kind === 'literal' && typeof lowered.value === 'string')
    return { name: lowered.value, value: from.expression(value, scope) };
  return { key: lowered, value: from.expression(value, scope) };
}

const OPERATORS: ReadonlyMap<string, 'add' | 'modulo'> = new Map([
  ['+', 'add'],
  ['%', 'modulo'],
  ['+=', 'add'],
  ['%=', 'modulo'],
]);

/** The operator between two nodes, as it is written. */
function operatorBetween({ tree }: Lowering, left: number, right: number): string {
  const between = tree.text.slice(tree.end(left), tree.start(right));
  return between
    .replaceAll(/#[^\n]*|\\\r?\n/g, ' ')
    .replaceAll(/[()\s]+/g, ' ')
    .trim();
}

/** `a + b`, `a += b`. */
export function binary(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const [first = node, second = node] = tree.children(node);
  const sign = operatorBetween(from, first, second);
  const at = tree.start(node);
  const left = from.expression(first, scope);
  const right = from.expression(second, scope);
  // `Path(a) / b` joins paths; of numbers it makes no difference.
  if (sign === '/' || sign === '/=')
    return {
      kind: 'call',
      callee: { kind: 'member', of: left, name: 'joinpath', at },
      args: [{ value: right }],
      isNew: false,
      at,
    };
  return { kind: 'binary', op: OPERATORS.get(sign) ?? 'arithmetic', left, right, at };
}

/** `a < b <= c` holds where both do. */
function comparison(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const parts = tree.children(node);
  const at = tree.start(node);
  let whole: Expression | undefined;
  for (const [index, right] of parts.entries()) {
    const left = parts[index - 1];
    if (left === undefined) continue;
    const one = compared(from, left, right, scope);
    whole = whole === undefined ? one : { kind: 'logical', op: 'and', left: whole, right: one, at };
  }
  return whole ?? unknown(at);
}

/** `a in b` asks b; `a in b.parents` asks whether b lies in a. */
function contained(left: Expression, right: Expression, at: number): Expression {
  const isInside = right.kind === 'member' && right.name === 'parents';
  const callee: Expression = isInside
    ? { kind: 'member', of: right.of, name: 'is_relative_to', at }
    : { kind: 'member', of: right, name: '__contains__', at };
  return { kind: 'call', callee, args: [{ value: left }], isNew: false, at };
}

function compared(from: Lowering, first: number, second: number, scope: Scope): Expression {
  const at = from.tree.start(first);
  const left = from.expression(first, scope);
  const right = from.expression(second, scope);
  switch (operatorBetween(from, first, second)) {
    case '==':
    case 'is':
      return { kind: 'binary', op: 'equal', left, right, at };
    case '!=':
    case '<>':
    case 'is not':
      return { kind: 'binary', op: 'unequal', left, right, at };
    case 'in':
      return contained(left, right, at);
    case 'not in':
      return { kind: 'not', value: contained(left, right, at), at };
    default:
      return { kind: 'binary', op: 'compare', left, right, at };
  }
}

/** A comprehension; several `for` stand inside each other. */
function comprehension(from: Lowering, parts: readonly number[], scope: Scope, at: number): Expression {
  const { tree } = from;
  const [body = 0, ...clauses] = parts;
  const inner: Scope = { kind: 'inner', names: new Map(), parent: scope, ...ownerOf(scope) };
  const loops: { target: Target; of: Expression; tests: Expression[] }[] = [];
  for (const clause of clauses) {
    const [first = clause, second = clause] = tree.children(clause);
    if (tree.kind(clause) === 'for_in_clause') {
      const of = from.expression(second, loops.length === 0 ? scope : inner);
      declareIn(from, first, inner);
      loops.push({ target: from.target(first, inner), of, tests: [] });
    } else if (tree.kind(clause) === 'if_clause') loops.at(-1)?.tests.push(from.expression(first, inner));
  }
  const isPair = tree.kind(body) === 'pair';
  const [key, value = body] = isPair ? tree.children(body) : [undefined, body];
  let result = from.expression(value, inner);
  for (const [index, { target, of, tests }] of [...loops.entries()].toReversed()) {
    const isLast = index === loops.length - 1;
    const named = isPair && isLast && key !== undefined ? { key: from.expression(key, inner) } : {};
    result = { kind: 'each', target, of, tests, ...named, value: result, at };
  }
  return result;
}

function declareIn({ tree, variables }: Lowering, node: number, scope: Scope): void {
  for (let each = node; each < tree.after(node); each += 1) {
    if (tree.kind(each) !== 'identifier') continue;
    scope.names.set(tree.textOf(each), variables.length);
    variables.push({ name: tree.textOf(each), ...ownerOf(scope) });
  }
}

function ownerOf({ owner }: Scope): { readonly owner?: number } {
  return owner === undefined ? {} : { owner };
}
