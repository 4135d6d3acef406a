import type { Lowering } from './lowering.ts';
import { moduleScope, type Scope } from './scope.ts';

/** Enters what an import binds. Variables of imports belong to the file, wherever the import stands. */
export function lowerImport(from: Lowering, node: number, scope: Scope): void {
  const { tree, imports, stars } = from;
  const at = tree.start(node);
  const parts = tree.children(node);
  if (tree.kind(node) === 'import_statement') {
    for (const part of parts) importWhole(from, part, scope);
    return;
  }
  const [source, ...names] = parts;
  if (source === undefined) return;
  const specifier = compact(tree.textOf(source));
  for (const part of names) {
    if (tree.kind(part) === 'wildcard_import') {
      stars.push(specifier);
      continue;
    }
    const [name = part, alias = name] = tree.kind(part) === 'aliased_import' ? tree.children(part) : [part];
    const variable = bindImport(from, tree.textOf(alias), scope);
    imports.push({ variable, from: specifier, name: tree.textOf(name), at });
  }
}

/** `import a`, `import a.b`, `import a.b as c`. */
function importWhole(from: Lowering, part: number, scope: Scope): void {
  const { tree, imports, dotted, variables } = from;
  const at = tree.start(part);
  if (tree.kind(part) === 'aliased_import') {
    const [source = part, alias = part] = tree.children(part);
    const variable = bindImport(from, tree.textOf(alias), scope);
    imports.push({ variable, from: compact(tree.textOf(source)), name: '*', at });
    return;
  }
  const path = compact(tree.textOf(part));
  const [root = path, ...rest] = path.split('.');
  const variable = bindImport(from, root, scope);
  if (dotted.get(root) !== variable) imports.push({ variable, from: root, name: '*', at });
  dotted.set(root, variable);
  let name = root;
  for (const each of rest) {
    name = `${name}.${each}`;
    if (dotted.has(name)) continue;
    imports.push({ variable: variables.length, from: name, name: '*', at });
    dotted.set(name, variables.length);
    variables.push({ name });
  }
}

function bindImport({ variables }: Lowering, name: string, scope: Scope): number {
  const known = scope.names.get(name);
  if (typeof known === 'number' && variables[known]?.owner === undefined) return known;
  const outer = moduleScope(scope).names.get(name);
  // A function that imports what the file imports too.
  const id = typeof outer === 'number' && scope.kind === 'class' ? outer : variables.length;
  if (id === variables.length) variables.push({ name });
  scope.names.set(name, id);
  return id;
}

function compact(specifier: string): string {
  return specifier.replaceAll(/\s+/g, '');
}
