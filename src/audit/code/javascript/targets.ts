import type * as Js from 'oxc-parser';
import type { Expression, Target } from '../ir.ts';
import { keyName, typeText, type Lowering } from './lowering.ts';

type Pattern = Js.BindingPattern | Js.AssignmentTarget | Js.AssignmentTargetWithDefault;

/** What is assigned to. A default of the whole (`a = 1`) is taken apart by whoever passes the value. */
export function lowerTarget(to: Lowering, node: Pattern): Target {
  switch (node.type) {
    case 'Identifier': {
      const id = to.scopes.find(node.name);
      return id === undefined
        ? { kind: 'global', name: node.name }
        : { kind: 'variable', id, ...typeText(to.source, node.typeAnnotation) };
    }
    case 'MemberExpression':
      return lowerMember(to, node);
    case 'ObjectPattern':
      return lowerFields(to, node);
    case 'ArrayPattern':
      return lowerItems(to, node);
    case 'AssignmentPattern':
      return lowerTarget(to, node.left);
    default:
      return lowerWrapped(to, node.expression);
  }
}

/** `(x as T) = 1`. */
function lowerWrapped(to: Lowering, node: Js.Expression): Target {
  if (node.type === 'Identifier' || node.type === 'MemberExpression') return lowerTarget(to, node);
  return { kind: 'member', of: to.expression(node), name: '', at: node.start };
}

function lowerMember(to: Lowering, node: Js.MemberExpression): Target {
  const of = to.expression(node.object);
  const name = keyName(node.property, node.computed);
  const at = node.start;
  if (of.kind === 'global' && of.name === 'module' && name === 'exports')
    return { kind: 'variable', id: to.exportsVariable() };
  if (name !== undefined) return { kind: 'member', of, name, at };
  return { kind: 'index', of, index: to.expression(node.property as Js.Expression), at };
}

function lowerFields(to: Lowering, node: Js.ObjectPattern | Js.ObjectAssignmentTarget): Target {
  const fields: { name: string; target: Target; fallback?: Expression }[] = [];
  let rest: Target | undefined;
  for (const each of node.properties) {
    if (each.type === 'RestElement') rest = lowerTarget(to, each.argument);
    else fields.push({ name: keyName(each.key, each.computed) ?? '', ...withFallback(to, each.value) });
  }
  return { kind: 'fields', fields, ...(rest === undefined ? {} : { rest }) };
}

function lowerItems(to: Lowering, node: Js.ArrayPattern | Js.ArrayAssignmentTarget): Target {
  const items: ({ target: Target; fallback?: Expression } | undefined)[] = [];
  let rest: Target | undefined;
  for (const each of node.elements) {
    if (each === null) items.push(undefined);
    else if (each.type === 'RestElement') rest = lowerTarget(to, each.argument);
    else items.push(withFallback(to, each));
  }
  return { kind: 'items', items, ...(rest === undefined ? {} : { rest }) };
}

/** A target with what it is given where nothing comes. */
export function withFallback(to: Lowering, node: Pattern): { target: Target; fallback?: Expression } {
  if (node.type !== 'AssignmentPattern') return { target: lowerTarget(to, node) };
  return { target: lowerTarget(to, node.left), fallback: to.expression(node.right) };
}
