import type * as Js from 'oxc-parser';
import type { Statement } from '../ir.ts';
import type { Lowering } from './lowering.ts';
import { namesOf } from './scopes.ts';

type ModuleNode = Js.ModuleDeclaration | Js.TSModuleDeclaration | Js.TSGlobalDeclaration | Js.TSImportEqualsDeclaration;

const KINDS: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportDefaultDeclaration',
  'ExportNamedDeclaration',
  'TSExportAssignment',
  'TSModuleDeclaration',
  'TSImportEqualsDeclaration',
]);

/** Whether a statement is about what a file takes from others or gives to them. */
export function isModuleStatement(node: Js.Statement | Js.Directive): node is ModuleNode {
  return KINDS.has(node.type);
}

/** Notes imports and exports; what they declare is a statement like others. */
export function lowerModuleStatement(to: Lowering, node: ModuleNode): readonly Statement[] {
  switch (node.type) {
    case 'ImportDeclaration':
      takeAll(to, node);
      return [];
    case 'ExportAllDeclaration':
      to.giveOn(node.exported === null ? '*' : nameOf(node.exported), node.source.value, '*');
      return [];
    case 'ExportDefaultDeclaration':
      return exportDefault(to, node);
    case 'ExportNamedDeclaration':
      return exportNamed(to, node);
    case 'TSExportAssignment':
      return [
        {
          kind: 'assign',
          target: { kind: 'variable', id: to.exportsVariable() },
          value: to.expression(node.expression),
        },
      ];
    case 'TSModuleDeclaration':
      return lowerNamespace(to, node);
    case 'TSImportEqualsDeclaration': {
      const { moduleReference: reference, id } = node;
      if (reference.type === 'TSExternalModuleReference')
        to.take(to.scopes.declare(id.name), reference.expression.value, '*', node.start);
      return [];
    }
    default:
      return [];
  }
}

function takeAll(to: Lowering, node: Js.ImportDeclaration): void {
  if (node.importKind === 'type') return;
  for (const each of node.specifiers) {
    if (each.type === 'ImportSpecifier' && each.importKind === 'type') continue;
    const name =
      each.type === 'ImportSpecifier'
        ? nameOf(each.imported)
        : each.type === 'ImportDefaultSpecifier'
          ? 'default'
          : '*';
    to.take(to.scopes.declare(each.local.name), node.source.value, name, each.start);
  }
}

function exportDefault(
  to: Lowering,
  { declaration: value, start: at }: Js.ExportDefaultDeclaration,
): readonly Statement[] {
  if (value.type === 'TSInterfaceDeclaration') return [];
  const named =
    (value.type === 'FunctionDeclaration' || value.type === 'ClassDeclaration') && value.id !== null
      ? to.scopes.find(value.id.name)
      : undefined;
  const id = named ?? to.scopes.fresh('default');
  to.give('default', { kind: 'variable', id, at });
  return [{ kind: 'assign', target: { kind: 'variable', id }, value: to.expression(value) }];
}

function exportNamed(to: Lowering, node: Js.ExportNamedDeclaration): readonly Statement[] {
  if (node.exportKind === 'type') return [];
  const { declaration: inner, source } = node;
  if (inner !== null) {
    for (const name of declaredBy(inner)) {
      const id = to.scopes.find(name);
      if (id !== undefined) to.give(name, { kind: 'variable', id, at: node.start });
    }
    return to.statements([inner]);
  }
  for (const { local, exported } of node.specifiers) {
    if (source !== null) to.giveOn(nameOf(exported), source.value, nameOf(local));
    else if (local.type === 'Identifier') to.give(nameOf(exported), to.expression({ ...local, type: 'Identifier' }));
  }
  return [];
}

function declaredBy(node: Js.Declaration): readonly string[] {
  if (node.type === 'VariableDeclaration') return node.declarations.flatMap(({ id }) => namesOf(id));
  return 'id' in node && node.id?.type === 'Identifier' ? [node.id.name] : [];
}

/** A namespace is an object; its names stand beside those around it. */
function lowerNamespace(to: Lowering, node: Js.TSModuleDeclaration | Js.TSGlobalDeclaration): readonly Statement[] {
  if (node.declare || node.body === null || node.id.type !== 'Identifier') return [];
  const names = node.body.body.flatMap((each) =>
    each.type === 'ExportNamedDeclaration' && each.declaration !== null ? [each.declaration] : [],
  );
  const id = to.scopes.declare(node.id.name);
  const plain = node.body.body.map((each) =>
    each.type === 'ExportNamedDeclaration' && each.declaration !== null ? each.declaration : each,
  );
  for (const name of names.flatMap(declaredBy)) to.scopes.declare(name);
  const body = to.statements(plain);
  const at = node.start;
  const fields = names.flatMap(declaredBy).flatMap((name) => {
    const held = to.scopes.find(name);
    return held === undefined ? [] : [{ name, value: { kind: 'variable' as const, id: held, at } }];
  });
  return [...body, { kind: 'assign', target: { kind: 'variable', id }, value: { kind: 'object', fields, at } }];
}

function nameOf(node: Js.ModuleExportName): string {
  return node.type === 'Literal' ? node.value : node.name;
}
