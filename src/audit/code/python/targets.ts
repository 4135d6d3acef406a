import type { Target } from '../ir.ts';
import { oneLine, type Lowering } from './lowering.ts';
import { declare, moduleScope, resolve, type Scope } from './scope.ts';

/** What is assigned to. */
export function lowerTarget(from: Lowering, node: number, scope: Scope, type?: string): Target {
  const { tree } = from;
  const at = tree.start(node);
  const children = tree.children(node);
  const [first = node, second = node] = children;
  switch (tree.kind(node)) {
    case 'identifier':
      return variable(from, tree.textOf(node), scope, type);
    case 'attribute':
      return { kind: 'member', of: from.expression(first, scope), name: tree.textOf(second), at };
    case 'subscript':
      return { kind: 'index', of: from.expression(first, scope), index: from.expression(second, scope), at };
    case 'tuple':
    case 'list':
    case 'tuple_pattern':
    case 'list_pattern':
    case 'pattern_list':
    case 'expression_list':
      return items(from, children, scope);
    case 'as_pattern_target':
    case 'parenthesized_expression':
    case 'list_splat_pattern':
    case 'list_splat':
    case 'dictionary_splat_pattern':
      return first === node ? nowhere() : lowerTarget(from, first, scope, type);
    default:
      return nowhere();
  }
}

/** A target that takes nothing. */
export function nowhere(): Target {
  return { kind: 'items', items: [] };
}

function items(from: Lowering, children: readonly number[], scope: Scope): Target {
  const { tree } = from;
  const at = children.findIndex((child) => tree.kind(child).startsWith('list_splat'));
  const before = at === -1 ? children : children.slice(0, at);
  const rest = at === -1 ? undefined : children[at];
  const listed = before.map((child) => ({ target: lowerTarget(from, child, scope) }));
  // What stands after `*rest` takes what is in the list too.
  const after = at === -1 ? [] : children.slice(at + 1);
  const others = after.map((child) => ({ target: lowerTarget(from, child, scope) }));
  return rest === undefined
    ? { kind: 'items', items: listed }
    : { kind: 'items', items: [...listed, ...others], rest: lowerTarget(from, rest, scope) };
}

function variable({ variables }: Lowering, name: string, scope: Scope, type: string | undefined): Target {
  const found = resolve(scope, name);
  // Nothing is known of a method that assigns to its own first parameter.
  if (found === 'self') return nowhere();
  const id = found ?? declare(variables, moduleScope(scope), name);
  return type === undefined ? { kind: 'variable', id } : { kind: 'variable', id, type: oneLine(type) };
}
