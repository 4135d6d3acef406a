import type * as Js from 'oxc-parser';
import type { Expression, Statement } from '../ir.ts';
import type { Lowering } from './lowering.ts';
import { lowerModuleStatement, isModuleStatement } from './modules.ts';
import { declareBlock } from './scopes.ts';

type Node = Js.Statement | Js.Directive;

/** Statements in order, functions first: they are there before the first of them runs. */
export function lowerStatements(to: Lowering, nodes: readonly Node[]): readonly Statement[] {
  const isFirst = (node: Node): boolean =>
    node.type === 'FunctionDeclaration' ||
    ((node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration') &&
      node.declaration?.type === 'FunctionDeclaration');
  return [...nodes.filter(isFirst), ...nodes.filter((node) => !isFirst(node))].flatMap((node) =>
    lowerStatement(to, node),
  );
}

function lowerStatement(to: Lowering, node: Node): readonly Statement[] {
  if (isModuleStatement(node)) return lowerModuleStatement(to, node);
  switch (node.type) {
    case 'ExpressionStatement':
      return [{ kind: 'do', value: to.expression(node.expression) }];
    case 'BlockStatement':
      return block(to, node);
    case 'VariableDeclaration':
      return declaration(to, node);
    case 'FunctionDeclaration':
      return node.body === null ? [] : assignTo(to, node.id, to.expression(node));
    case 'ClassDeclaration':
      return assignTo(to, node.id, to.expression(node));
    case 'TSEnumDeclaration':
      return assignTo(to, node.id, enumeration(to, node));
    case 'ReturnStatement':
      return [
        { kind: 'return', ...(node.argument === null ? {} : { value: to.expression(node.argument) }), at: node.start },
      ];
    case 'ThrowStatement':
      return [{ kind: 'throw', value: to.expression(node.argument), at: node.start }];
    case 'BreakStatement':
    case 'ContinueStatement':
      return [{ kind: 'leave' }];
    case 'IfStatement':
      return [
        {
          kind: 'if',
          test: to.expression(node.test),
          whenTrue: block(to, node.consequent),
          otherwise: node.alternate === null ? [] : block(to, node.alternate),
        },
      ];
    case 'LabeledStatement':
      return block(to, node.body);
    case 'WithStatement':
      return [{ kind: 'do', value: to.expression(node.object) }, ...block(to, node.body)];
    case 'SwitchStatement':
      return [lowerSwitch(to, node)];
    case 'TryStatement':
      return [lowerTry(to, node)];
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
      return to.scopes.within(() => lowerLoop(to, node));
    default:
      return [];
  }
}

/** The statements of a block, or the one that stands in its place. */
function block(to: Lowering, node: Js.Statement | Js.BlockStatement): readonly Statement[] {
  const nodes = node.type === 'BlockStatement' ? node.body : [node];
  return to.scopes.within(() => {
    declareBlock(to.scopes, nodes);
    return to.statements(nodes);
  });
}

/** Assignments for `const a = 1, { b } = c`. */
function declaration(to: Lowering, node: Js.VariableDeclaration): readonly Statement[] {
  return node.declarations.flatMap(({ id, init }): readonly Statement[] => {
    if (init === null) return [];
    const isNamed =
      id.type === 'Identifier' && (init.type === 'ArrowFunctionExpression' || init.type === 'FunctionExpression');
    const value: Expression = isNamed
      ? { kind: 'function', id: to.func(init, id.name), at: init.start }
      : to.expression(init);
    return [{ kind: 'assign', target: to.target(id), value }];
  });
}

/** An assignment to the name that a declaration has. */
function assignTo(to: Lowering, id: Js.BindingIdentifier | null, value: Expression): readonly Statement[] {
  if (id === null) return [{ kind: 'do', value }];
  return [{ kind: 'assign', target: to.target(id), value }];
}

function enumeration(to: Lowering, node: Js.TSEnumDeclaration): Expression {
  const at = node.start;
  const fields = node.body.members.map(({ id, initializer }, index) => ({
    name: id.type === 'Identifier' ? id.name : id.type === 'Literal' ? id.value : '',
    value:
      initializer === null ? ({ kind: 'literal', value: index, at: id.start } as const) : to.expression(initializer),
  }));
  return { kind: 'object', fields, at };
}

function lowerSwitch(to: Lowering, node: Js.SwitchStatement): Statement {
  const on = to.expression(node.discriminant);
  return to.scopes.within(() => {
    for (const { consequent } of node.cases) declareBlock(to.scopes, consequent);
    const cases = node.cases.map(({ test, consequent }) => {
      const body = to.statements(consequent);
      const last = body.at(-1)?.kind;
      const falls = last !== 'leave' && last !== 'return' && last !== 'throw';
      return { tests: test === null ? [] : [to.expression(test)], isDefault: test === null, body, falls };
    });
    return { kind: 'switch', on, cases };
  });
}

function lowerTry(to: Lowering, node: Js.TryStatement): Statement {
  const body = block(to, node.block);
  const final = node.finalizer === null ? [] : block(to, node.finalizer);
  const { handler } = node;
  if (handler === null) return { kind: 'try', body, final };
  return to.scopes.within(() => {
    if (handler.param !== null) declareCaught(to, handler.param);
    const caught = handler.param === null ? {} : { caught: to.target(handler.param) };
    return { kind: 'try', body, ...caught, handler: block(to, handler.body), final };
  });
}

function declareCaught(to: Lowering, param: Js.BindingPattern): void {
  if (param.type === 'Identifier') to.scopes.declare(param.name);
  else if (param.type === 'ObjectPattern')
    for (const each of param.properties)
      if (each.type === 'Property' && each.value.type === 'Identifier') to.scopes.declare(each.value.name);
}

type Loop = Js.ForStatement | Js.ForInStatement | Js.ForOfStatement | Js.WhileStatement | Js.DoWhileStatement;

function lowerLoop(to: Lowering, node: Loop): readonly Statement[] {
  if (node.type === 'ForStatement') {
    const { init, test, update } = node;
    if (init?.type === 'VariableDeclaration') declareBlock(to.scopes, [init]);
    const first: readonly Statement[] =
      init === null
        ? []
        : init.type === 'VariableDeclaration'
          ? declaration(to, init)
          : [{ kind: 'do', value: to.expression(init) }];
    const last: readonly Statement[] = update === null ? [] : [{ kind: 'do', value: to.expression(update) }];
    const body = [...block(to, node.body), ...last];
    return [...first, { kind: 'loop', ...(test === null ? {} : { test: to.expression(test) }), body }];
  }
  if (node.type === 'WhileStatement' || node.type === 'DoWhileStatement') {
    const isAfter = node.type === 'DoWhileStatement' ? { isAfter: true } : {};
    return [{ kind: 'loop', test: to.expression(node.test), body: block(to, node.body), ...isAfter }];
  }
  const of = to.expression(node.right);
  if (node.left.type === 'VariableDeclaration') declareBlock(to.scopes, [node.left]);
  const left = node.left.type === 'VariableDeclaration' ? node.left.declarations[0]?.id : node.left;
  if (left === undefined) return [];
  const by = node.type === 'ForOfStatement' ? 'element' : 'key';
  return [{ kind: 'loop', each: { target: to.target(left), of, by }, body: block(to, node.body) }];
}
