import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Class, Export, Expression, FrontEnd, Func, Import, Module, VariableId } from '../ir.ts';
import { lowerExpression } from './expressions.ts';
import { lowerClass, lowerFunction } from './functions.ts';
import type { Lowering } from './lowering.ts';
import { declareBlock, declareVars, Scopes } from './scopes.ts';
import { lowerStatements } from './statements.ts';
import { lowerTarget } from './targets.ts';

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const DECLARATION = /\.d\.(?:[\w-]+\.)?[cm]?ts$/;
const ENDINGS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx'];
/** What bundlers leave. */
const BUNDLED = /__webpack_require__|__commonJS(?:Min)?\s*=|\n\/\/ (?:\.\.\/)*node_modules\/|__toESM\s*=|parcelRequire/;
/** Longer than people write lines, on the whole. */
const BUILT_LINE = 160;

/** Reads TypeScript and JavaScript, modules and CommonJS. */
export const javascript: FrontEnd = {
  language: 'javascript',
  accepts: (file) => SOURCE.test(file) && !DECLARATION.test(file),
  read,
  candidates(from, specifier) {
    if (!/^\.{1,2}(?:\/|$)/.test(specifier)) return [];
    const path = posix.join(posix.dirname(from), specifier);
    // `./a.js` means `./a.ts` where that is what it is made from.
    const bare = path.replace(/\.([cm]?)jsx?$/, '');
    const own = bare === path ? [] : ENDINGS.map((ending) => `${bare}${ending}`);
    return [
      path,
      ...own,
      ...ENDINGS.map((ending) => `${path}${ending}`),
      ...ENDINGS.map((ending) => `${path}/index${ending}`),
    ];
  },
};

function read(file: string, text: string): Module {
  const { program, errors } = parseSync(file, text, { preserveParens: false });
  // With a mistake that it cannot go on from, the parser gives nothing.
  const [first] = errors;
  if (first !== undefined && program.body.length === 0) throw new SyntaxError(first.message.slice(0, 200));
  const scopes = new Scopes();
  const functions: Func[] = [];
  const classes: Class[] = [];
  const imports: Import[] = [];
  const exports: Export[] = [];
  let exported: VariableId | undefined;
  const to: Lowering = {
    source: text,
    scopes,
    expression: (node) => lowerExpression(to, node),
    statements: (nodes) => lowerStatements(to, nodes),
    target: (node) => lowerTarget(to, node),
    func(node, name) {
      const id = functions.push(EMPTY) - 1;
      functions[id] = lowerFunction(to, node, name, id);
      return id;
    },
    klass: (node) => classes.push(lowerClass(to, node)) - 1,
    exportsVariable: () => (exported ??= scopes.fresh('exports')),
    give: (name, value: Expression) => exports.push({ name, value }),
    giveOn: (name, from, imported) => exports.push({ name, from, imported }),
    take: (variable, from, name, at) => imports.push({ variable, from, name, at }),
  };
  declareImports(scopes, program.body);
  declareVars(scopes, program.body);
  declareBlock(scopes, program.body);
  const body = lowerStatements(to, program.body);
  const lines = linesOf(text);
  return {
    file,
    language: 'javascript',
    lines,
    isBuilt: text.length / lines.length > BUILT_LINE || BUNDLED.test(text),
    variables: scopes.variables,
    functions,
    classes,
    imports,
    exports,
    body,
    ...(exported === undefined ? {} : { exportsVariable: exported }),
  };
}

const EMPTY: Func = { name: '', at: 0, params: [], body: [], isLexical: false, decorators: [] };

/** They are there before the first statement, wherever they stand. */
function declareImports(scopes: Scopes, nodes: ReturnType<typeof parseSync>['program']['body']): void {
  for (const node of nodes)
    if (node.type === 'ImportDeclaration' && node.importKind !== 'type')
      for (const { local } of node.specifiers) scopes.declare(local.name);
}

function linesOf(text: string): readonly number[] {
  const lines = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  return lines;
}
