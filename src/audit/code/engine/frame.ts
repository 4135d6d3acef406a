import type { Func, Module, VariableId } from '../ir.ts';
import type { Facts } from './origins.ts';
import type { ClassThing, Value } from './values.ts';

/** A function that runs, or a file. */
export interface Frame {
  readonly module: Module;
  /** Absent for the file itself. */
  readonly func: Func | undefined;
  /** What its variables hold on the way that is looked at. */
  vars: Map<VariableId, Value>;
  /** Where the function stands. */
  readonly around: Frame | undefined;
  readonly self: Value | undefined;
  /** The class whose method it is. */
  readonly klass?: ClassThing;
  /** What it gave back so far, with what held there. */
  readonly returns: { readonly value: Value; readonly facts: Facts }[];
  /** States at which the innermost loops and switches were left. */
  readonly exits: { readonly vars: Map<VariableId, Value>; readonly facts: Facts }[][];
}
