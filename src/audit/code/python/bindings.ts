import type { PythonTree } from './tree.ts';

/** What a body binds, and what it takes from outside by `global` and `nonlocal`. */
export interface Bindings {
  readonly names: ReadonlySet<string>;
  readonly globals: ReadonlySet<string>;
  readonly outer: ReadonlySet<string>;
}

/** Statements whose names are bound elsewhere in this file, or nowhere. */
const CLOSED: ReadonlySet<string> = new Set(['lambda', 'parameters', 'type', 'decorator']);

/**
 * The names that a function, a class or a file binds, in the order of the text. Python decides by the whole body whether a name is
 * local, so that this is known before the first statement.
 * @param nodes The nodes whose insides are looked at.
 */
export function bindingsOf(tree: PythonTree, nodes: readonly number[]): Bindings {
  const names = new Set<string>();
  const globals = new Set<string>();
  const outer = new Set<string>();
  for (const root of nodes) {
    const after = tree.after(root);
    for (let node = root; node < after; ) {
      const kind = tree.kind(node);
      if (kind === 'function_definition' || kind === 'class_definition') {
        const name = tree.children(node).find((child) => tree.kind(child) === 'identifier');
        if (name !== undefined) names.add(tree.textOf(name));
        node = tree.after(node);
        continue;
      }
      if (CLOSED.has(kind)) {
        node = tree.after(node);
        continue;
      }
      if (kind === 'global_statement') for (const child of tree.children(node)) globals.add(tree.textOf(child));
      else if (kind === 'nonlocal_statement') for (const child of tree.children(node)) outer.add(tree.textOf(child));
      else bind(tree, node, kind, names);
      node += 1;
    }
  }
  for (const name of [...globals, ...outer]) names.delete(name);
  return { names, globals, outer };
}

function bind(tree: PythonTree, node: number, kind: string, names: Set<string>): void {
  const children = (): readonly number[] => tree.children(node);
  const first = (): number | undefined => children()[0];
  switch (kind) {
    case 'assignment':
    case 'augmented_assignment':
    case 'named_expression':
    case 'for_statement':
    case 'type_alias_statement':
      for (const name of namesIn(tree, first())) names.add(name);
      return;
    case 'as_pattern':
      // `with a as b`, `except E as e`, `case p as x`.
      for (const name of namesIn(tree, children().at(-1))) names.add(name);
      return;
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      for (const name of importedNames(tree, node)) names.add(name);
      return;
    case 'case_pattern':
      for (const name of capturedNames(tree, node)) names.add(name);
      return;
    case 'except_clause': {
      const last = children().filter((child) => tree.kind(child) !== 'block')[1];
      for (const name of namesIn(tree, last)) names.add(name);
      return;
    }
    default:
  }
}

/** The names that a target binds: not those of `x.a` and `x[i]`. */
function namesIn(tree: PythonTree, node: number | undefined): readonly string[] {
  if (node === undefined) return [];
  const kind = tree.kind(node);
  if (kind === 'identifier') return [tree.textOf(node)];
  if (kind === 'attribute' || kind === 'subscript' || kind === 'call') return [];
  return tree.children(node).flatMap((child) => namesIn(tree, child));
}

function importedNames(tree: PythonTree, node: number): readonly string[] {
  const parts = tree.children(node);
  const named = tree.kind(node) === 'import_from_statement' ? parts.slice(1) : parts;
  return named.flatMap((part) => {
    if (tree.kind(part) === 'aliased_import')
      return tree
        .children(part)
        .slice(1)
        .map((alias) => tree.textOf(alias));
    if (tree.kind(part) !== 'dotted_name') return [];
    return [tree.textOf(part).split('.')[0]?.trim() ?? ''];
  });
}

/** The names that a pattern captures: `x` in `case x`, `case [x]`, `case {"a": x}`, `case A(b=x)`; not `A` nor `a.b`. */
function capturedNames(tree: PythonTree, pattern: number): readonly string[] {
  return tree.children(pattern).flatMap((child) => {
    switch (tree.kind(child)) {
      case 'dotted_name': {
        const name = tree.textOf(child);
        return tree.kind(pattern) === 'class_pattern' || name.includes('.') || name === '_' ? [] : [name];
      }
      case 'splat_pattern':
        return namesIn(tree, child).filter((name) => name !== '_');
      case 'keyword_pattern':
        return tree
          .children(child)
          .slice(1)
          .flatMap((value) => {
            const name = tree.textOf(value);
            if (tree.kind(value) === 'identifier' || tree.kind(value) === 'dotted_name')
              return name.includes('.') || name === '_' ? [] : [name];
            return capturedNames(tree, value);
          });
      default:
        return capturedNames(tree, child);
    }
  });
}
