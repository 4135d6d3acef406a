import type { Expression, Func, FunctionId, Import, Module, Offset, Statement, Target } from '../ir.ts';
import type { Frame } from './frame.ts';
import type { Facts } from './origins.ts';
import type { ClassThing, Closure, Obj, Sym, Value } from './values.ts';

/** One call, with what is called and what it is given. */
export interface Call {
  readonly callee: Value;
  /** What the method was read from. */
  readonly receiver?: Value;
  /** Name of the method or of the function. */
  readonly name: string;
  readonly args: readonly Value[];
  /** What a spread list, of which the length is not known, gives after `args`. */
  readonly more?: Value;
  readonly named?: ReadonlyMap<string, Value>;
  /** What a spread dictionary, of which the keys are not known, gives by name. */
  readonly moreNamed?: Value;
  /** Whether a spread dictionary may give more by name, of which nothing is known. */
  readonly isOpen?: boolean;
  readonly isNew: boolean;
  readonly frame: Frame;
  readonly at: Offset;
}

/** A call of something from outside; `symbol` is absent where it is a method of something that is not known. */
export interface OutsideCall extends Call {
  readonly symbol: Sym | undefined;
}

/**
 * What is known of the things from outside of a language: what a call does, and what it gives back. The first model that answers
 * decides; one that only looks answers nothing.
 */
export type Model = (call: OutsideCall, machine: Machine) => Value | undefined;

/** What a function is given beside its arguments in order. */
export interface Given extends Pick<Call, 'named' | 'moreNamed'> {
  readonly self?: Value;
  /** What may stand after those in order. */
  readonly rest?: Value;
}

/** What runs a target on abstract values. */
export interface Machine {
  /** What is established on the way that is looked at. */
  facts: Facts;
  /** Whether tainted values are followed now, and not merely handlers looked for. */
  readonly isFollowing: boolean;
  /**
   * Counts one step.
   * @throws LimitError when there have been too many.
   */
  step(): void;
  evaluate(expression: Expression, frame: Frame): Value;
  /** Gives whether what comes after the statements is reached. */
  run(statements: readonly Statement[], frame: Frame): boolean;
  assign(target: Target, value: Value, frame: Frame): void;
  call(call: Call): Value;
  /** Calls a function with values; what it establishes holds afterwards. */
  invoke(closure: Closure, args: readonly Value[], more?: Given): Value;
  construct(klass: ClassThing, args: readonly Value[], more?: Given): Value;
  /** An instance of a class, made as it is made elsewhere in the target. */
  instanceOf(klass: ClassThing): Value;
  /** A member of a value by its name. */
  read(of: Value, name: string): Value;
  importFrom(module: Module, from: string, name: string): Value;
  /** A member of a file that is imported whole; nothing else of the file is looked up. `undefined` where it is no file. */
  importedMember(module: Module, taken: Import, member: string): Value | undefined;
  closureOf(id: FunctionId, frame: Frame, self?: Value, klass?: ClassThing): Closure;
  /** The only class of the target with that name. */
  classNamed(name: string): ClassThing | undefined;
  noteClass(klass: ClassThing): void;
  noteInstance(klass: ClassThing, instance: Obj): void;
  noteRun(func: Func): void;
}

/** There is more to look at than is looked at. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
}
