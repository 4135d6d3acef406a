import type { Export, FrontEnd, Module } from '../ir.ts';
import { bindingsOf } from './bindings.ts';
import { candidates } from './candidates.ts';
import { lowerExpression } from './expressions.ts';
import { lowerFunction } from './functions.ts';
import type { Lowering } from './lowering.ts';
import { loadPythonParser, type PythonParser } from './parse.ts';
import { declare, type Scope } from './scope.ts';
import { lowerStatement } from './statements.ts';
import { lowerTarget } from './targets.ts';
import type { PythonTree } from './tree.ts';

let parser: PythonParser | Error = new TypeError('Python is not loaded');

/** What reads Python 3. Its parser is an optional peer: where it is absent, each file says what to install. */
export const python: FrontEnd = {
  language: 'python',
  async prepare() {
    parser = await loadPythonParser().catch((error: unknown) =>
      error instanceof Error ? error : new TypeError('it fails'),
    );
  },
  accepts: (file) => file.endsWith('.py'),
  read(file, text) {
    if (parser instanceof Error) throw parser;
    return lowerModule(file, parser.parse(text));
  },
  candidates,
};

/**
 * The intermediate form of one file.
 * @throws SyntaxError when it is no Python; RangeError when it is nested too deeply.
 */
function lowerModule(file: string, tree: PythonTree): Module {
  const lines = lineStarts(tree.text);
  if (tree.fault !== undefined) {
    const { at, why } = tree.fault;
    const line = lines.findLastIndex((start) => start <= at) + 1;
    if (why === 'depth') throw new RangeError(`line ${line} begins what is nested too deeply`);
    throw new SyntaxError(at === 0 ? 'it is no Python 3' : `line ${line} is no Python 3`);
  }
  const from: Lowering = {
    tree,
    variables: [],
    functions: [],
    classes: [],
    imports: [],
    dotted: new Map(),
    stars: [],
    expression: (node, scope) => lowerExpression(from, node, scope),
    target: (node, scope, type) => lowerTarget(from, node, scope, type),
    statements: (node, scope) => lowerStatement(from, node, scope),
    func: (node, scope, facts) => lowerFunction(from, node, scope, facts),
  };
  const scope: Scope = { kind: 'module', names: new Map() };
  const bound = bindingsOf(tree, [0]);
  for (const name of [...bound.names, ...bound.globals]) declare(from.variables, scope, name);
  const body = from.statements(0, scope);
  const named = [...scope.names].flatMap(([name, id]) => (typeof id === 'number' ? exported(from, name, id) : []));
  return {
    file,
    language: 'python',
    lines,
    isBuilt: false,
    variables: from.variables,
    functions: from.functions.filter((each) => each !== undefined),
    classes: from.classes.filter((each) => each !== undefined),
    imports: from.imports,
    exports: [...named, ...from.stars.map((source) => ({ name: '*', from: source, imported: '*' }))],
    body,
  };
}

/** What others see under a name. A module that is imported whole is found by its own name: it may lead back here. */
function exported({ imports }: Lowering, name: string, id: number): readonly Export[] {
  const taken = imports.find(({ variable }) => variable === id);
  if (taken === undefined) return [{ name, value: { kind: 'variable', id, at: 0 } }];
  return taken.name === '*' || /^\.+$/.test(taken.from) ? [] : [{ name, from: taken.from, imported: taken.name }];
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
