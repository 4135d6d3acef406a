import type * as Js from 'oxc-parser';
import type { Class, Expression, Func, FunctionId, Member, Param, Statement } from '../ir.ts';
import { keyName, typeText, type Lowering } from './lowering.ts';
import { declareBlock, declareVars, namesOf } from './scopes.ts';
import { withFallback } from './targets.ts';

/** One function, in a scope of its own. */
export function lowerFunction(
  to: Lowering,
  node: Js.Function | Js.ArrowFunctionExpression,
  name: string,
  id: FunctionId,
): Func {
  return to.scopes.within(() => {
    if (node.type === 'FunctionExpression' && node.id !== null) to.scopes.declare(node.id.name);
    return to.scopes.within(() => {
      for (const each of node.params) for (const own of namesOf(plainParam(each))) to.scopes.declare(own);
      const params = node.params.filter(isGiven).map((each) => lowerParam(to, each));
      const before = node.params.flatMap((each) => fieldOf(to, each));
      const body = [...before, ...lowerBody(to, node.body)];
      return { name, at: node.start, params, body, isLexical: node.type === 'ArrowFunctionExpression', decorators: [] };
    }, id);
  }, id);
}

function lowerBody(to: Lowering, body: Js.FunctionBody | Js.Expression | null): readonly Statement[] {
  if (body === null) return [];
  if (body.type !== 'BlockStatement') return [{ kind: 'return', value: to.expression(body), at: body.start }];
  declareVars(to.scopes, body.body);
  declareBlock(to.scopes, body.body);
  return to.statements(body.body);
}

function plainParam(node: Js.ParamPattern): Js.BindingPattern | Js.FormalParameterRest {
  return node.type === 'TSParameterProperty' ? node.parameter : node;
}

/** `this: T` is a type and no parameter. */
function isGiven(node: Js.ParamPattern): boolean {
  return !(node.type === 'Identifier' && node.name === 'this');
}

function lowerParam(to: Lowering, node: Js.ParamPattern): Param {
  const plain = plainParam(node);
  if (plain.type === 'RestElement') return { target: to.target(plain.argument), rest: 'positional' };
  const annotated = plain.type === 'AssignmentPattern' ? plain.left : plain;
  const type = annotated.type === 'AssignmentPattern' ? undefined : annotated.typeAnnotation;
  return { ...withFallback(to, plain), ...typeText(to.source, type) };
}

/** `constructor(private x: T)` is an assignment as well. */
function fieldOf(to: Lowering, node: Js.ParamPattern): readonly Statement[] {
  if (node.type !== 'TSParameterProperty') return [];
  return namesOf(node.parameter).flatMap((name): readonly Statement[] => {
    const id = to.scopes.find(name);
    if (id === undefined) return [];
    const at = node.start;
    const target = { kind: 'member', of: { kind: 'self', at }, name, at } as const;
    return [{ kind: 'assign', target, value: { kind: 'variable', id, at } }];
  });
}

/** One class. */
export function lowerClass(to: Lowering, node: Js.Class): Class {
  return to.scopes.within(() => {
    if (node.type === 'ClassExpression' && node.id !== null) to.scopes.declare(node.id.name);
    return {
      name: node.id?.name ?? '',
      at: node.start,
      bases: node.superClass === null ? [] : [to.expression(node.superClass)],
      members: node.body.body.flatMap((each) => lowerMember(to, each)),
      decorators: node.decorators.map(({ expression }) => to.expression(expression)),
    };
  });
}

function lowerMember(to: Lowering, node: Js.ClassElement): readonly Member[] {
  if (node.type === 'StaticBlock') {
    const call = to.scopes.within(() => {
      declareVars(to.scopes, node.body);
      declareBlock(to.scopes, node.body);
      return to.statements(node.body);
    });
    // Its statements are run for what they do; the value is of no use.
    return call.flatMap((each) => (each.kind === 'do' ? [{ name: '', isStatic: true, value: each.value }] : []));
  }
  if (node.type === 'TSIndexSignature') return [];
  const name = keyName(node.key, node.computed) ?? '';
  if ('kind' in node) {
    const value: Expression = { kind: 'function', id: to.func(node.value, name), at: node.start };
    const isGetter = node.kind === 'get' ? { isGetter: true } : {};
    return [{ name: node.kind === 'set' ? '' : name, isStatic: node.static, value, ...isGetter }];
  }
  const value = node.value === null ? {} : { value: to.expression(node.value) };
  return [{ name, isStatic: node.static, ...value, ...typeText(to.source, node.typeAnnotation) }];
}
