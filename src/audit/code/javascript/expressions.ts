import type * as Js from 'oxc-parser';
import type { Argument, Expression, Field, Offset } from '../ir.ts';
import { keyName, type Lowering } from './lowering.ts';

const COMPARES: ReadonlySet<string> = new Set(['<', '>', '<=', '>=']);
const REQUIRE = /^(?:__)?require\d*$/;

/** One expression. Types vanish, and what has no kind of its own becomes a sequence of what it is made of. */
export function lowerExpression(to: Lowering, node: Js.Expression): Expression {
  const at = node.start;
  switch (node.type) {
    case 'Literal':
      return lowerLiteral(node);
    case 'Identifier':
      return lowerName(to, node.name, at);
    case 'TemplateLiteral':
      return { kind: 'text', parts: pieces(to, node), at };
    case 'TaggedTemplateExpression':
      return { kind: 'tagged', tag: to.expression(node.tag), parts: pieces(to, node.quasi), at };
    case 'ThisExpression':
      return { kind: 'self', at };
    case 'Super':
      return { kind: 'super', at };
    case 'MemberExpression':
      return lowerMember(to, node);
    case 'CallExpression':
      return lowerCall(to, node);
    case 'NewExpression':
      return { kind: 'call', callee: to.expression(node.callee), args: lowerArgs(to, node.arguments), isNew: true, at };
    case 'ImportExpression':
      return lowerImport(to, node.source, at);
    case 'ObjectExpression':
      return { kind: 'object', fields: node.properties.map((each) => lowerField(to, each)), at };
    case 'ArrayExpression':
      return { kind: 'list', items: lowerItems(to, node), at };
    case 'FunctionExpression':
    case 'FunctionDeclaration':
    case 'ArrowFunctionExpression':
      return { kind: 'function', id: to.func(node, node.id?.name ?? ''), at };
    case 'ClassExpression':
    case 'ClassDeclaration':
      return { kind: 'class', id: to.klass(node), at };
    case 'AwaitExpression':
      return { kind: 'await', value: to.expression(node.argument), at };
    case 'AssignmentExpression':
      return { kind: 'assign', target: to.target(node.left), value: assigned(to, node), at };
    case 'ConditionalExpression':
      return {
        kind: 'choice',
        test: to.expression(node.test),
        whenTrue: to.expression(node.consequent),
        otherwise: to.expression(node.alternate),
        at,
      };
    case 'LogicalExpression':
      return logical(node.operator, to.expression(node.left), to.expression(node.right), at);
    case 'BinaryExpression':
      return lowerBinary(to, node);
    case 'UnaryExpression':
      return lowerUnary(to, node);
    case 'UpdateExpression':
      return { kind: 'assign', target: to.target(node.argument), value: number(at), at };
    default:
      return lowerRest(to, node);
  }
}

type Common =
  | 'Literal'
  | 'Identifier'
  | 'TemplateLiteral'
  | 'TaggedTemplateExpression'
  | 'ThisExpression'
  | 'Super'
  | 'MemberExpression'
  | 'CallExpression'
  | 'NewExpression'
  | 'ImportExpression'
  | 'ObjectExpression'
  | 'ArrayExpression'
  | 'FunctionExpression'
  | 'FunctionDeclaration'
  | 'ArrowFunctionExpression'
  | 'ClassExpression'
  | 'ClassDeclaration'
  | 'AwaitExpression'
  | 'AssignmentExpression'
  | 'ConditionalExpression'
  | 'LogicalExpression'
  | 'BinaryExpression'
  | 'UnaryExpression'
  | 'UpdateExpression';

function lowerRest(to: Lowering, node: Exclude<Js.Expression, { readonly type: Common }>): Expression {
  const at = node.start;
  switch (node.type) {
    case 'ChainExpression':
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
    case 'TSNonNullExpression':
    case 'TSInstantiationExpression':
      return to.expression(node.expression);
    case 'SequenceExpression':
      return { kind: 'sequence', items: node.expressions.map((each) => to.expression(each)), at };
    case 'YieldExpression':
      return { kind: 'sequence', items: node.argument === null ? [] : [to.expression(node.argument)], at };
    case 'MetaProperty':
      return { kind: 'global', name: `${node.meta.name}.${node.property.name}`, at };
    case 'JSXElement':
      return { kind: 'sequence', items: [...attributes(to, node), ...children(to, node.children)], at };
    case 'JSXFragment':
      return { kind: 'sequence', items: children(to, node.children), at };
    default:
      return { kind: 'sequence', items: [], at };
  }
}

function attributes(to: Lowering, node: Js.JSXElement): readonly Expression[] {
  return node.openingElement.attributes.flatMap((each) => {
    if (each.type === 'JSXSpreadAttribute') return [to.expression(each.argument)];
    return each.value?.type === 'JSXExpressionContainer' ? children(to, [each.value]) : [];
  });
}

function children(to: Lowering, nodes: readonly Js.JSXChild[]): readonly Expression[] {
  return nodes.flatMap((each): readonly Expression[] => {
    if (each.type === 'JSXElement' || each.type === 'JSXFragment') return [to.expression(each)];
    const held = each.type === 'JSXExpressionContainer' || each.type === 'JSXSpreadChild' ? each.expression : undefined;
    return held === undefined || held.type === 'JSXEmptyExpression' ? [] : [to.expression(held)];
  });
}

function lowerLiteral(node: Js.Expression & { readonly type: 'Literal' }): Expression {
  const at = node.start;
  if ('regex' in node) return { kind: 'regex', source: node.regex.pattern, flags: node.regex.flags, at };
  const { value } = node;
  return typeof value === 'bigint' || 'bigint' in node ? number(at) : { kind: 'literal', value, at };
}

function number(at: Offset): Expression {
  const zero = { kind: 'literal', value: 0, at } as const;
  return { kind: 'binary', op: 'arithmetic', left: zero, right: zero, at };
}

function lowerName(to: Lowering, name: string, at: Offset): Expression {
  if (name === 'undefined') return { kind: 'literal', value: null, at };
  const id = to.scopes.find(name);
  if (id !== undefined) return { kind: 'variable', id, at };
  if (name === 'exports') return { kind: 'variable', id: to.exportsVariable(), at };
  return { kind: 'global', name, at };
}

function pieces(to: Lowering, node: Js.TemplateLiteral): readonly Expression[] {
  return node.quasis.flatMap((each, at): readonly Expression[] => {
    const text: Expression = { kind: 'literal', value: each.value.cooked ?? each.value.raw, at: each.start };
    const held = node.expressions[at];
    return held === undefined ? [text] : [text, to.expression(held)];
  });
}

function lowerMember(to: Lowering, node: Js.MemberExpression): Expression {
  const of = to.expression(node.object);
  const name = keyName(node.property, node.computed);
  const at = node.start;
  if (of.kind === 'global' && of.name === 'module' && name === 'exports')
    return { kind: 'variable', id: to.exportsVariable(), at };
  if (name !== undefined) return { kind: 'member', of, name, at };
  return { kind: 'index', of, index: to.expression(node.property as Js.Expression), at };
}

function lowerCall(to: Lowering, node: Js.CallExpression): Expression {
  const [first] = node.arguments;
  const { callee } = node;
  if (callee.type === 'Identifier' && REQUIRE.test(callee.name) && first !== undefined && node.arguments.length === 1) {
    if (first.type === 'Literal' && typeof first.value === 'string') return lowerImport(to, first, node.start);
  }
  return {
    kind: 'call',
    callee: to.expression(callee),
    args: lowerArgs(to, node.arguments),
    isNew: false,
    at: callee.type === 'MemberExpression' ? callee.property.start : node.start,
  };
}

function lowerImport(to: Lowering, source: Js.Expression, at: Offset): Expression {
  if (source.type === 'Literal' && typeof source.value === 'string') return { kind: 'import', from: source.value, at };
  return {
    kind: 'call',
    callee: { kind: 'global', name: 'import', at },
    args: [{ value: to.expression(source) }],
    isNew: false,
    at,
  };
}

function lowerArgs(to: Lowering, nodes: readonly Js.Argument[]): readonly Argument[] {
  return nodes.map((each) =>
    each.type === 'SpreadElement'
      ? { value: to.expression(each.argument), spread: 'positional' }
      : { value: to.expression(each) },
  );
}

function lowerItems(
  to: Lowering,
  node: Js.ArrayExpression,
): readonly { readonly value: Expression; readonly spread: boolean }[] {
  return node.elements.map((each) => {
    if (each === null) return { value: { kind: 'literal', value: null, at: node.start }, spread: false };
    if (each.type === 'SpreadElement') return { value: to.expression(each.argument), spread: true };
    return { value: to.expression(each), spread: false };
  });
}

function lowerField(to: Lowering, node: Js.ObjectPropertyKind): Field {
  if (node.type === 'SpreadElement') return { spread: true, value: to.expression(node.argument) };
  const name = keyName(node.key, node.computed);
  const { value } = node;
  const lowered: Expression =
    name !== undefined && (value.type === 'FunctionExpression' || value.type === 'ArrowFunctionExpression')
      ? { kind: 'function', id: to.func(value, value.id?.name ?? name), at: value.start }
      : to.expression(value);
  if (name !== undefined) return { name, value: lowered };
  return { key: to.expression(node.key as Js.Expression), value: lowered };
}

/** `a += b` is an assignment of `a + b`. */
function assigned(to: Lowering, node: Js.AssignmentExpression): Expression {
  const right = to.expression(node.right);
  if (node.operator === '=') return right;
  const at = node.start;
  const wasPattern = node.left.type === 'ObjectPattern' || node.left.type === 'ArrayPattern';
  const left = wasPattern ? number(at) : to.expression(node.left as Js.Expression);
  const op = node.operator.slice(0, -1);
  if (op === '&&' || op === '||' || op === '??') return logical(op, left, right, at);
  return { kind: 'binary', op: op === '+' ? 'add' : 'arithmetic', left, right, at };
}

function logical(op: Js.LogicalOperator, left: Expression, right: Expression, at: Offset): Expression {
  return { kind: 'logical', op: op === '&&' ? 'and' : op === '||' ? 'or' : 'nullish', left, right, at };
}

function lowerBinary(to: Lowering, node: Js.BinaryExpression | Js.PrivateInExpression): Expression {
  const at = node.start;
  const left: Expression =
    node.left.type === 'PrivateIdentifier' ? { kind: 'literal', value: node.left.name, at } : to.expression(node.left);
  return { kind: 'binary', op: binaryOp(node.operator), left, right: to.expression(node.right), at };
}

function binaryOp(operator: string): (Expression & { readonly kind: 'binary' })['op'] {
  if (operator === '===' || operator === '==') return 'equal';
  if (operator === '!==' || operator === '!=') return 'unequal';
  if (operator === '+') return 'add';
  if (operator === 'in' || operator === 'instanceof') return operator;
  return COMPARES.has(operator) ? 'compare' : 'arithmetic';
}

function lowerUnary(to: Lowering, node: Js.UnaryExpression): Expression {
  const at = node.start;
  const value = to.expression(node.argument);
  if (node.operator === '!') return { kind: 'not', value, at };
  if (node.operator === 'typeof') return { kind: 'typeof', value, at };
  if (node.operator === 'void') return { kind: 'sequence', items: [value, { kind: 'literal', value: null, at }], at };
  if (node.operator === 'delete') return { kind: 'sequence', items: [value, number(at)], at };
  if (node.operator === '-' && value.kind === 'literal' && typeof value.value === 'number')
    return { kind: 'literal', value: -value.value, at };
  return { kind: 'binary', op: 'arithmetic', left: value, right: { kind: 'literal', value: 0, at }, at };
}
