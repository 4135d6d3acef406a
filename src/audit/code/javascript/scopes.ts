import type * as Js from 'oxc-parser';
import type { FunctionId, Variable, VariableId } from '../ir.ts';

/** Variables by name, innermost scope last. */
export class Scopes {
  readonly variables: Variable[] = [];
  readonly #stack: { readonly names: Map<string, VariableId>; readonly owner?: FunctionId }[] = [{ names: new Map() }];

  /** The variable that a name means here; `undefined` where it is declared nowhere. */
  find(name: string): VariableId | undefined {
    for (let at = this.#stack.length - 1; at >= 0; at--) {
      const id = this.#stack[at]?.names.get(name);
      if (id !== undefined) return id;
    }
    return undefined;
  }

  /** Declares a name in the innermost scope; twice is once. */
  declare(name: string): VariableId {
    const scope = this.#stack.at(-1);
    const known = scope?.names.get(name);
    if (known !== undefined) return known;
    const id = this.fresh(name);
    scope?.names.set(name, id);
    return id;
  }

  /** A variable that no name means. */
  fresh(name: string): VariableId {
    const owner = this.#stack.at(-1)?.owner;
    this.variables.push({ name, ...(owner === undefined ? {} : { owner }) });
    return this.variables.length - 1;
  }

  /** Does something within a scope of a block, or of a function. */
  within<T>(work: () => T, owner: FunctionId | undefined = this.#stack.at(-1)?.owner): T {
    this.#stack.push({ names: new Map(), ...(owner === undefined ? {} : { owner }) });
    try {
      return work();
    } finally {
      this.#stack.pop();
    }
  }
}

/** Declares what the statements of a block declare for the whole of it. */
export function declareBlock(scopes: Scopes, nodes: readonly (Js.Statement | Js.Directive)[]): void {
  for (const node of nodes) {
    const inner =
      node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration' ? node.declaration : node;
    if (inner === null) continue;
    if (inner.type === 'VariableDeclaration')
      for (const { id } of inner.declarations) for (const name of namesOf(id)) scopes.declare(name);
    else if ('id' in inner && inner.id?.type === 'Identifier') scopes.declare(inner.id.name);
  }
}

/** Declares every `var` of a function, however deep it stands. */
export function declareVars(scopes: Scopes, nodes: readonly (Js.Statement | Js.Directive | null)[]): void {
  for (const node of nodes) {
    if (node === null) continue;
    if (node.type === 'VariableDeclaration') declareVar(scopes, node);
    else declareVars(scopes, partsOf(scopes, node));
  }
}

function declareVar(scopes: Scopes, node: Js.VariableDeclaration): void {
  if (node.kind === 'var') for (const { id } of node.declarations) for (const name of namesOf(id)) scopes.declare(name);
}

function partsOf(scopes: Scopes, node: Js.Statement | Js.Directive): readonly (Js.Statement | Js.Directive | null)[] {
  switch (node.type) {
    case 'BlockStatement':
      return node.body;
    case 'IfStatement':
      return [node.consequent, node.alternate];
    case 'ForStatement':
      if (node.init?.type === 'VariableDeclaration') declareVar(scopes, node.init);
      return [node.body];
    case 'ForInStatement':
    case 'ForOfStatement':
      if (node.left.type === 'VariableDeclaration') declareVar(scopes, node.left);
      return [node.body];
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'LabeledStatement':
    case 'WithStatement':
      return [node.body];
    case 'SwitchStatement':
      return node.cases.flatMap(({ consequent }) => consequent);
    case 'TryStatement':
      return [node.block, node.handler?.body ?? null, node.finalizer];
    default:
      return [];
  }
}

/** The names that a pattern declares. */
export function namesOf(node: Js.BindingPattern | Js.BindingRestElement | Js.FormalParameterRest): readonly string[] {
  switch (node.type) {
    case 'Identifier':
      return [node.name];
    case 'AssignmentPattern':
      return namesOf(node.left);
    case 'RestElement':
      return namesOf(node.argument);
    case 'ObjectPattern':
      return node.properties.flatMap((each) => (each.type === 'RestElement' ? namesOf(each) : namesOf(each.value)));
    case 'ArrayPattern':
      return node.elements.flatMap((each) => (each === null ? [] : namesOf(each)));
  }
}
