import type { ClassId, Expression, Func, Member, Param, Statement } from '../ir.ts';
import { bindingsOf } from './bindings.ts';
import { argumentsOf } from './expressions.ts';
import { decoratorOf } from './functions.ts';
import { oneLine, type Lowering, type Method } from './lowering.ts';
import { declare, type Scope } from './scope.ts';

/** Classes that make their constructor of their annotated fields. */
const MADE_BY_BASE = /(?:^|\.)(?:BaseModel|BaseSettings|NamedTuple|SQLModel|Struct|RootModel)$/;
const MADE_BY_DECORATOR = /^@\s*(?:[\w.]+\.)?(?:dataclass|define|frozen|mutable|attrs?|s)\b/;

/** A class, and what has to run before it: statements of its body that are no members. */
export function lowerClass(
  from: Lowering,
  node: number,
  decorators: readonly number[],
  scope: Scope,
): { readonly id: ClassId; readonly before: readonly Statement[] } {
  const { tree, classes, variables } = from;
  const id = classes.length;
  classes.push(undefined);
  const children = tree.children(node);
  const name = children.find((child) => tree.kind(child) === 'identifier');
  const given = children.find((child) => tree.kind(child) === 'argument_list');
  const body = children.at(-1) ?? node;
  const inner: Scope = {
    kind: 'class',
    names: new Map(),
    parent: scope,
    ...(scope.owner === undefined ? {} : { owner: scope.owner }),
  };
  for (const each of bindingsOf(tree, [body]).names) declare(variables, inner, each);
  const members: Member[] = [];
  const before: Statement[] = [];
  for (const statement of tree.children(body)) memberOf(from, statement, inner, members, before);
  const bases = given === undefined ? [] : argumentsOf(from, given, scope).filter((arg) => arg.name === undefined);
  const isMade =
    decorators.some((decorator) => MADE_BY_DECORATOR.test(tree.textOf(decorator))) ||
    (given !== undefined && tree.children(given).some((base) => MADE_BY_BASE.test(tree.textOf(base))));
  if (isMade && !members.some((member) => member.name === 'constructor'))
    members.unshift(madeConstructor(from, members, tree.start(node), given === undefined ? '' : tree.textOf(given)));
  classes[id] = {
    name: name === undefined ? '' : tree.textOf(name),
    at: tree.start(node),
    bases: bases.map(({ value }) => value),
    members,
    decorators: decorators.flatMap((decorator) => decoratorOf(from, decorator, scope)),
  };
  return { id, before };
}

function memberOf(from: Lowering, node: number, inner: Scope, members: Member[], before: Statement[]): void {
  const { tree } = from;
  const kind = tree.kind(node);
  if (kind === 'function_definition' || kind === 'decorated_definition') {
    const parts = kind === 'decorated_definition' ? tree.children(node) : [node];
    const defined = parts.at(-1) ?? node;
    if (tree.kind(defined) === 'function_definition') {
      // `@x.setter`: the member is what `@property` has made.
      if (!parts.some((part) => /^@[\w.]+\.(?:setter|deleter)\b/.test(tree.textOf(part))))
        members.push(method(from, defined, parts.slice(0, -1), inner));
      return;
    }
  }
  const [first] = kind === 'expression_statement' ? tree.children(node) : [];
  if (first !== undefined && tree.kind(first) === 'assignment' && field(from, first, inner, members, before)) return;
  const statements = from.statements(node, inner);
  for (const statement of statements) {
    const last = statement.kind === 'assign' && statement.value.kind === 'class' ? statement : undefined;
    // A class inside of a class.
    if (last === undefined || last.target.kind !== 'variable') before.push(statement);
    else {
      before.push(last);
      members.push({ name: from.variables[last.target.id]?.name ?? '', isStatic: true, value: last.value });
    }
  }
}

function method(from: Lowering, node: number, decorators: readonly number[], inner: Scope): Member {
  const { tree } = from;
  const name = tree.children(node).find((child) => tree.kind(child) === 'identifier');
  const text = name === undefined ? '' : tree.textOf(name);
  const has = (word: RegExp): boolean => decorators.some((decorator) => word.test(tree.textOf(decorator)));
  const kind: Method = has(/^@\s*staticmethod\b/)
    ? 'static'
    : has(/^@\s*(?:classmethod|(?:\w+\.)?(?:field_|model_|root_)?validator)\b/) || text === '__new__'
      ? 'class'
      : 'method';
  const id = from.func(node, inner, { decorators, method: kind });
  return {
    name: text === '__init__' ? 'constructor' : text,
    isStatic: kind !== 'method',
    value: { kind: 'function', id, at: tree.start(node) },
    ...(has(/^@\s*(?:functools\.)?(?:cached_)?property\b/) ? { isGetter: true } : {}),
  };
}

/** `x: T`, `x = 1`, `x: T = 1`; whether it was one of them. */
function field(from: Lowering, node: number, inner: Scope, members: Member[], before: Statement[]): boolean {
  const { tree } = from;
  const [name = node, ...rest] = tree.children(node);
  if (tree.kind(name) !== 'identifier') return false;
  const type = rest.find((child) => tree.kind(child) === 'type');
  const right = rest.find((child) => child !== type);
  if (right !== undefined && tree.kind(right) === 'assignment') return false;
  const value = right === undefined ? undefined : from.expression(right, inner);
  // What stands below in the class may use it by its name.
  if (value !== undefined && SIMPLE.has(value.kind))
    before.push({ kind: 'assign', target: from.target(name, inner), value });
  members.push({
    name: tree.textOf(name),
    isStatic: true,
    ...(value === undefined ? {} : { value }),
    ...(type === undefined ? {} : { type: oneLine(tree.textOf(type)) }),
  });
  return true;
}

const SIMPLE: ReadonlySet<Expression['kind']> = new Set(['literal', 'list', 'object', 'variable', 'global', 'text']);

/** The constructor that a data class has without saying so: what is passed becomes its fields. */
function madeConstructor(
  { functions, variables }: Lowering,
  members: readonly Member[],
  at: number,
  bases: string,
): Member {
  const id = functions.length;
  const fields = members.filter(({ type }) => type !== undefined && !/\bClassVar\b/.test(type));
  const params: Param[] = [];
  const body: Statement[] = [];
  // A model of pydantic refuses what is no number, or makes one of it; a data class takes what it is given.
  const isConverted = /\b(?:BaseModel|BaseSettings|SQLModel|RootModel)\b/.test(bases);
  for (const { name, value, type } of fields) {
    const variable = variables.length;
    variables.push({ name, owner: id });
    const held = { kind: 'variable', id: variable, at } as const;
    const fallback = value === undefined ? undefined : defaultOf(value);
    params.push({
      target: { kind: 'variable', id: variable },
      ...(fallback === undefined ? {} : { fallback }),
      ...(type === undefined ? {} : { type }),
    });
    body.push({
      kind: 'assign',
      target: { kind: 'member', of: { kind: 'self', at }, name, at },
      value: isConverted && NUMBER.test(type ?? '') ? converted(held) : held,
    });
  }
  const made: Func = { name: '', at, params, body, isLexical: false, decorators: [] };
  functions.push(made);
  return { name: 'constructor', isStatic: false, value: { kind: 'function', id, at } };
}

const NUMBER = /^(?:int|float|bool)(?: \| None)?$|^Optional\[(?:int|float|bool)\]$/;

function converted(value: Expression & { readonly kind: 'variable' }): Expression {
  const { at } = value;
  return { kind: 'call', callee: { kind: 'global', name: 'int', at }, args: [{ value }], isNew: false, at };
}

/** `field(default=x)`, `Field(x)`. */
function defaultOf(value: Expression): Expression | undefined {
  if (value.kind !== 'call' || (value.callee.kind !== 'global' && value.callee.kind !== 'variable')) return value;
  return (
    value.args.find(({ name }) => name === 'default')?.value ?? value.args.find(({ name }) => name === undefined)?.value
  );
}
