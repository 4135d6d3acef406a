import type { Expression, FunctionId, Param, Statement, Target } from '../ir.ts';
import { bindingsOf } from './bindings.ts';
import { oneLine, type FunctionFacts, type Lowering } from './lowering.ts';
import { declare, moduleScope, type Scope } from './scope.ts';
import { readString } from './strings.ts';

const CONTEXT = /\bcontextmanager\b/;

/** A function or a lambda, with what it binds. */
export function lowerFunction(from: Lowering, node: number, scope: Scope, facts: FunctionFacts): FunctionId {
  const { tree, functions, variables } = from;
  const id = functions.length;
  functions.push(undefined);
  const children = tree.children(node);
  const isLambda = tree.kind(node) === 'lambda';
  const name = isLambda ? undefined : children.find((child) => tree.kind(child) === 'identifier');
  const list = children.find((child) => /^(?:lambda_)?parameters$/.test(tree.kind(child)));
  const body = children.at(-1) ?? node;
  const decorators = facts.decorators ?? [];
  const inner: Scope = {
    kind: 'function',
    names: new Map(),
    parent: scope,
    owner: id,
    isContext: decorators.some((decorator) => CONTEXT.test(tree.textOf(decorator))),
  };
  const params = list === undefined ? [] : parameters(from, list, scope, inner, facts);
  const bound = bindingsOf(tree, [body]);
  for (const each of bound.names) if (!inner.names.has(each)) declare(variables, inner, each);
  for (const each of bound.globals) {
    const file = moduleScope(scope);
    inner.names.set(each, file.names.get(each) ?? declare(variables, file, each));
  }
  const statements: readonly Statement[] = isLambda
    ? [{ kind: 'return', value: from.expression(body, inner), at: tree.start(body) }]
    : from.statements(body, inner);
  const doc = isLambda ? undefined : docstring(from, body);
  functions[id] = {
    name: name === undefined ? '' : tree.textOf(name),
    at: tree.start(node),
    params,
    body: statements,
    isLexical: facts.method === undefined,
    decorators: facts.method === undefined ? [] : decorators.flatMap((each) => decoratorOf(from, each, scope)),
    ...(doc === undefined ? {} : { doc }),
  };
  return id;
}

/** What stands after `@`. */
export function decoratorOf(from: Lowering, decorator: number, scope: Scope): readonly Expression[] {
  const [value] = from.tree.children(decorator);
  return value === undefined ? [] : [from.expression(value, scope)];
}

function parameters(
  from: Lowering,
  list: number,
  outer: Scope,
  inner: Scope,
  { method }: FunctionFacts,
): readonly Param[] {
  const { tree } = from;
  const params: Param[] = [];
  for (const [index, node] of tree.children(list).entries()) {
    const kind = tree.kind(node);
    if (kind.endsWith('_separator')) continue;
    const parts = kind === 'identifier' ? [node] : tree.children(node);
    const named = kind.endsWith('_pattern') ? node : (parts[0] ?? node);
    const isFirst = index === 0 && (method === 'method' || method === 'class') && tree.kind(named) === 'identifier';
    if (isFirst) {
      inner.names.set(tree.textOf(named), 'self');
      continue;
    }
    const target = parameterTarget(from, named, inner);
    const type = parts.find((part) => part !== named && tree.kind(part) === 'type');
    const value = parts.slice(1).find((part) => part !== type);
    const rest = REST.get(tree.kind(named));
    params.push({
      target,
      ...(kind.includes('default') && value !== undefined
        ? { fallback: from.expression(value, outer) }
        : instanceOf(from, type, outer)),
      ...(rest === undefined ? {} : { rest }),
      ...(type === undefined ? {} : { type: oneLine(tree.textOf(type)) }),
    });
  }
  return params;
}

const REST: ReadonlyMap<string, 'positional' | 'named'> = new Map([
  ['list_splat_pattern', 'positional'],
  ['dictionary_splat_pattern', 'named'],
]);

/** Classes from outside of which an instance tells what is called on it. */
const TELLING =
  /(?:^|\.)(?:FastMCP|MCPServer|Server|Path|FastAPI|APIRouter|Flask|Client|AsyncClient|ClientSession|Session|AsyncSession|Connection|AsyncConnection|Cursor|Pool|Repo|Engine)(?: \| None)?$/;

/** Where nothing is known of what is passed, it is an instance of the class that the parameter names. */
function instanceOf(from: Lowering, type: number | undefined, scope: Scope): { readonly fallback?: Expression } {
  const { tree } = from;
  if (type === undefined || !TELLING.test(tree.textOf(type))) return {};
  let named = type;
  while (!/^(?:identifier|attribute|member_type)$/.test(tree.kind(named))) {
    const [inner] = tree.children(named);
    if (inner === undefined) return {};
    named = inner;
  }
  const callee = from.expression(named, scope);
  if (callee.kind === 'global' || callee.kind === 'self') return {};
  return { fallback: { kind: 'call', callee, args: [], isNew: false, at: tree.start(type) } };
}

function parameterTarget(from: Lowering, named: number, inner: Scope): Target {
  const { tree, variables } = from;
  for (let each = named; each < tree.after(named); each += 1)
    if (tree.kind(each) === 'identifier') declare(variables, inner, tree.textOf(each));
  return from.target(named, inner);
}

/** The text that stands first in a body. */
function docstring({ tree }: Lowering, body: number): string | undefined {
  const [first] = tree.children(body);
  if (first === undefined || tree.kind(first) !== 'expression_statement') return undefined;
  const [text] = tree.children(first);
  return text !== undefined && tree.kind(text) === 'string' ? readString(tree.textOf(text)).value : undefined;
}
