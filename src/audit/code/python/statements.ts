import type { Expression, Statement, Target } from '../ir.ts';
import { lowerClass } from './classes.ts';
import { binary } from './expressions.ts';
import { decoratorOf } from './functions.ts';
import { lowerImport } from './imports.ts';
import { unknown, type Lowering } from './lowering.ts';
import { lowerMatch } from './patterns.ts';
import { declareNameless, type Scope } from './scope.ts';

/** Branches of one `if`, clauses of one `try`: more of them are nested too deeply for what follows. */
const MOST_BRANCHES = 400;

/** The statements that one statement, a block or a file comes to. */
export function lowerStatement(from: Lowering, node: number, scope: Scope): readonly Statement[] {
  const { tree } = from;
  const at = tree.start(node);
  const children = tree.children(node);
  const [first, second] = children;
  const lower = (child: number): Expression => from.expression(child, scope);
  switch (tree.kind(node)) {
    case 'module':
    case 'block':
      return children.flatMap((child) => lowerStatement(from, child, scope));
    case 'expression_statement':
      return children.length === 1 && first !== undefined
        ? expressionStatement(from, first, scope)
        : children.map((child) => ({ kind: 'do', value: lower(child) }));
    case 'return_statement':
      return [first === undefined ? { kind: 'return', at } : { kind: 'return', value: lower(first), at }];
    case 'raise_statement':
      return [first === undefined ? { kind: 'throw', at } : { kind: 'throw', value: lower(first), at }];
    case 'assert_statement':
      return first === undefined
        ? []
        : [{ kind: 'if', test: lower(first), whenTrue: [], otherwise: [{ kind: 'throw', at }] }];
    case 'break_statement':
    case 'continue_statement':
      return [{ kind: 'leave' }];
    case 'if_statement':
      return ifStatement(from, children, scope);
    case 'while_statement':
      return first === undefined
        ? []
        : [
            { kind: 'loop', test: lower(first), body: blockAt(from, second, scope) },
            ...children.slice(2).flatMap((child) => clauseBody(from, child, scope)),
          ];
    case 'for_statement':
      return forStatement(from, node, scope);
    case 'with_statement':
      return withStatement(from, node, scope);
    case 'try_statement':
      return tryStatement(from, children, scope, at);
    case 'match_statement':
      return lowerMatch(from, node, scope);
    case 'function_definition':
    case 'class_definition':
    case 'decorated_definition':
      return definition(from, node, scope);
    case 'import_statement':
    case 'import_from_statement':
      lowerImport(from, node, scope);
      return [];
    case 'print_statement':
    case 'exec_statement': {
      const name = tree.kind(node) === 'exec_statement' ? 'exec' : 'print';
      const args = children.map((child) => ({ value: lower(child) }));
      return [{ kind: 'do', value: { kind: 'call', callee: { kind: 'global', name, at }, args, isNew: false, at } }];
    }
    case 'future_import_statement':
    case 'global_statement':
    case 'nonlocal_statement':
    case 'pass_statement':
    case 'delete_statement':
    case 'type_alias_statement':
      return [];
    default:
      return [{ kind: 'do', value: lower(node) }];
  }
}

function expressionStatement(from: Lowering, node: number, scope: Scope): readonly Statement[] {
  const { tree } = from;
  switch (tree.kind(node)) {
    case 'assignment': {
      const value = assigned(from, node, scope);
      if (value.kind === 'assign' && isFallback(from, value)) return [];
      return value.kind === 'assign' ? [{ kind: 'assign', target: value.target, value: value.value }] : [];
    }
    case 'augmented_assignment': {
      const [target = node] = tree.children(node);
      return [{ kind: 'assign', target: from.target(target, scope), value: binary(from, node, scope) }];
    }
    case 'yield':
      return [yielded(from, node, scope)];
    case 'string':
    case 'concatenated_string':
    case 'ellipsis':
      // A docstring, or a body left empty.
      return tree.children(node).length === 0 ? [] : [{ kind: 'do', value: from.expression(node, scope) }];
    default:
      return [{ kind: 'do', value: from.expression(node, scope) }];
  }
}

/** `a = b`, `a: T = b`, `a = b = c`; nothing for `a: T`. */
function assigned(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const at = tree.start(node);
  const [left = node, ...rest] = tree.children(node);
  const type = rest.find((child) => tree.kind(child) === 'type');
  const right = rest.find((child) => child !== type);
  if (right === undefined) return unknown(at);
  const value = tree.kind(right) === 'assignment' ? assigned(from, right, scope) : from.expression(right, scope);
  return {
    kind: 'assign',
    target: from.target(left, scope, type === undefined ? undefined : tree.textOf(type)),
    value,
    at,
  };
}

/** What stands in for a package that is not installed: the audit looks at what runs where it is. */
function isFallback({ imports }: Lowering, { target, value }: Expression & { readonly kind: 'assign' }): boolean {
  return (
    target.kind === 'variable' && value.kind === 'literal' && imports.some(({ variable }) => variable === target.id)
  );
}

/** What a generator yields may be the last thing that it gives; what a context manager yields is what `with` assigns. */
function yielded(from: Lowering, node: number, scope: Scope): Statement {
  const { tree } = from;
  const at = tree.start(node);
  const [first] = tree.children(node);
  const value = first === undefined ? unknown(at) : from.expression(first, scope);
  const isWhole = /^yield\s+from\b/.test(tree.text.slice(at, at + 20)) || isContext(scope);
  const given: Expression = isWhole ? value : { kind: 'list', items: [{ value, spread: false }], at };
  return { kind: 'if', test: unknown(at), whenTrue: [{ kind: 'return', value: given, at }], otherwise: [] };
}

function isContext(scope: Scope): boolean {
  let at: Scope | undefined = scope;
  while (at !== undefined && at.kind !== 'function') at = at.parent;
  return at?.isContext === true;
}

function ifStatement(from: Lowering, parts: readonly number[], scope: Scope): readonly Statement[] {
  const { tree } = from;
  if (parts.length > MOST_BRANCHES) throw new RangeError('it has a branch of too many cases');
  const [test, body, ...others] = parts;
  if (test === undefined) return [];
  let otherwise: readonly Statement[] = [];
  for (const other of others.toReversed()) {
    const [condition = other, block] = tree.children(other);
    otherwise =
      tree.kind(other) === 'else_clause'
        ? clauseBody(from, other, scope)
        : [
            {
              kind: 'if',
              test: from.expression(condition, scope),
              whenTrue: blockAt(from, block, scope),
              otherwise,
            },
          ];
  }
  return [{ kind: 'if', test: from.expression(test, scope), whenTrue: blockAt(from, body, scope), otherwise }];
}

function forStatement(from: Lowering, node: number, scope: Scope): readonly Statement[] {
  const { tree } = from;
  const [left = node, right = node, body, ...others] = tree.children(node);
  const value = from.expression(right, scope);
  const of: Expression = isAsync(from, node) ? { kind: 'await', value, at: tree.start(right) } : value;
  return [
    {
      kind: 'loop',
      each: { target: from.target(left, scope), of, by: 'element' },
      body: blockAt(from, body, scope),
    },
    ...others.flatMap((other) => clauseBody(from, other, scope)),
  ];
}

function withStatement(from: Lowering, node: number, scope: Scope): readonly Statement[] {
  const { tree } = from;
  const [clause = node, body] = tree.children(node);
  const isAwaited = isAsync(from, node);
  const opened = tree.children(clause).map((item): Statement => {
    const [inner = item] = tree.children(item);
    const [value = inner, target] = tree.kind(inner) === 'as_pattern' ? tree.children(inner) : [inner, undefined];
    const given = from.expression(value, scope);
    const entered: Expression = isAwaited ? { kind: 'await', value: given, at: tree.start(value) } : given;
    return target === undefined
      ? { kind: 'do', value: entered }
      : { kind: 'assign', target: from.target(target, scope), value: entered };
  });
  return [...opened, ...blockAt(from, body, scope)];
}

function tryStatement(from: Lowering, parts: readonly number[], scope: Scope, at: number): readonly Statement[] {
  const { tree } = from;
  if (parts.length > MOST_BRANCHES) throw new RangeError('it catches too many kinds of errors');
  const body = parts
    .filter((part) => tree.kind(part) === 'block' || tree.kind(part) === 'else_clause')
    .flatMap((part) => (tree.kind(part) === 'block' ? from.statements(part, scope) : clauseBody(from, part, scope)));
  const final = parts
    .filter((part) => tree.kind(part) === 'finally_clause')
    .flatMap((part) => clauseBody(from, part, scope));
  const clauses = parts.filter((part) => tree.kind(part) === 'except_clause');
  if (clauses.length === 0) return [{ kind: 'try', body, final }];
  const id = declareNameless(from.variables, scope);
  const error: Expression = { kind: 'variable', id, at };
  // What no clause catches goes on.
  let handler: readonly Statement[] = [{ kind: 'throw', value: error, at }];
  for (const clause of clauses.toReversed()) handler = exceptClause(from, clause, scope, error, handler);
  return [{ kind: 'try', body, caught: { kind: 'variable', id }, handler, final }];
}

function exceptClause(
  from: Lowering,
  clause: number,
  scope: Scope,
  error: Expression,
  otherwise: readonly Statement[],
): readonly Statement[] {
  const { tree } = from;
  const parts = tree.children(clause);
  const block = parts.find((part) => tree.kind(part) === 'block');
  const heads = parts.filter((part) => part !== block);
  const [pattern] = heads;
  const [type, name = heads[1]] =
    pattern !== undefined && tree.kind(pattern) === 'as_pattern' ? tree.children(pattern) : [pattern];
  const named: readonly Statement[] =
    name === undefined ? [] : [{ kind: 'assign', target: from.target(name, scope), value: error }];
  const body = [...named, ...blockAt(from, block, scope)];
  if (type === undefined) return body;
  const test: Expression = {
    kind: 'binary',
    op: 'instanceof',
    left: error,
    right: from.expression(type, scope),
    at: tree.start(clause),
  };
  return [{ kind: 'if', test, whenTrue: body, otherwise }];
}

/** A function or a class with its decorators. */
function definition(from: Lowering, node: number, scope: Scope): readonly Statement[] {
  const { tree } = from;
  const parts = tree.kind(node) === 'decorated_definition' ? tree.children(node) : [node];
  const defined = parts.at(-1) ?? node;
  const decorators = parts.slice(0, -1);
  const at = tree.start(defined);
  const name = tree.children(defined).find((child) => tree.kind(child) === 'identifier');
  if (name === undefined) return [];
  const target: Target = from.target(name, scope);
  if (tree.kind(defined) === 'class_definition') {
    const { id, before } = lowerClass(from, defined, decorators, scope);
    return [...before, { kind: 'assign', target, value: { kind: 'class', id, at } }];
  }
  const id = from.func(defined, scope, { decorators });
  const value: Expression = { kind: 'function', id, at };
  const calls = decorators.flatMap((decorator): readonly Expression[] =>
    decoratorOf(from, decorator, scope).map((callee) => ({
      kind: 'call',
      callee,
      args: [{ value }],
      isNew: false,
      at: tree.start(decorator),
    })),
  );
  // A decorator may enter the function somewhere; what it wraps around it is not looked at.
  return [
    { kind: 'assign', target, value: calls.length === 0 ? value : { kind: 'sequence', items: [...calls, value], at } },
  ];
}

function isAsync({ tree }: Lowering, node: number): boolean {
  return tree.text.startsWith('async', tree.start(node));
}

function blockAt(from: Lowering, block: number | undefined, scope: Scope): readonly Statement[] {
  return block === undefined ? [] : from.statements(block, scope);
}

/** What stands in `else:` or `finally:`. */
function clauseBody(from: Lowering, clause: number, scope: Scope): readonly Statement[] {
  return from.tree.children(clause).flatMap((child) => from.statements(child, scope));
}
