import type { Class, Expression, Func, FunctionId, Import, Offset, Statement, Target, Variable } from '../ir.ts';
import type { Scope } from './scope.ts';
import type { PythonTree } from './tree.ts';

/** One file on its way from syntax to the intermediate form; the parts of the front end call each other through it. */
export interface Lowering {
  readonly tree: PythonTree;
  readonly variables: Variable[];
  readonly functions: (Func | undefined)[];
  readonly classes: (Class | undefined)[];
  readonly imports: Import[];
  /** By the dotted name of `import a.b`: the variable that stands for that module. */
  readonly dotted: Map<string, number>;
  /** Where `from x import *` takes names from. */
  readonly stars: string[];
  readonly expression: (node: number, scope: Scope) => Expression;
  readonly target: (node: number, scope: Scope, type?: string) => Target;
  /** The statements of a block, a module or a single statement. */
  readonly statements: (node: number, scope: Scope) => readonly Statement[];
  readonly func: (node: number, scope: Scope, facts: FunctionFacts) => FunctionId;
}

/** What is known of a function from where it stands. */
export interface FunctionFacts {
  readonly decorators?: readonly number[];
  /** Where it stands in a class. */
  readonly method?: Method;
}

/** What the first parameter of a function in a class stands for: nothing where it is a static method. */
export type Method = 'method' | 'class' | 'static';

/** What is not known, and says nothing. */
export function unknown(at: Offset): Expression {
  return { kind: 'sequence', items: [], at };
}

/** One line of text for what is written in several. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 1000);
}
