import type { FunctionId, Variable, VariableId } from '../ir.ts';

/** What a name means: a variable, or the first parameter of a method. */
export type Meaning = VariableId | 'self';

/** Where names are looked up. */
export interface Scope {
  readonly kind: 'module' | 'function' | 'class' | 'inner';
  readonly names: Map<string, Meaning>;
  readonly parent?: Scope;
  /** The function that variables declared here belong to. */
  readonly owner?: FunctionId;
  /** Whether what it yields is what `with` assigns. */
  readonly isContext?: boolean;
}

/** Adds a variable of that name to a scope, and returns it. */
export function declare(variables: Variable[], scope: Scope, name: string): VariableId {
  const id = variables.length;
  variables.push(scope.owner === undefined ? { name } : { name, owner: scope.owner });
  scope.names.set(name, id);
  return id;
}

/** Adds a variable that no name leads to. */
export function declareNameless(variables: Variable[], { owner }: Scope): VariableId {
  variables.push(owner === undefined ? { name: '' } : { name: '', owner });
  return variables.length - 1;
}

/** A name as a function sees it: the names of a class are not seen from its methods. */
export function resolve(scope: Scope, name: string): Meaning | undefined {
  let crossed = false;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const meaning = at.kind === 'class' && crossed ? undefined : at.names.get(name);
    if (meaning !== undefined) return meaning;
    crossed ||= at.kind === 'function';
  }
  return undefined;
}

/** The scope of the file. */
export function moduleScope(scope: Scope): Scope {
  let at = scope;
  while (at.parent !== undefined) at = at.parent;
  return at;
}
