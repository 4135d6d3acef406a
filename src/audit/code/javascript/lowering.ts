import type * as Js from 'oxc-parser';
import type { ClassId, Expression, FunctionId, Offset, Statement, Target, VariableId } from '../ir.ts';
import type { Scopes } from './scopes.ts';

/** What the parts of the front end know of each other: each reduces one sort of syntax. */
export interface Lowering {
  readonly source: string;
  readonly scopes: Scopes;
  expression(node: Js.Expression): Expression;
  statements(nodes: readonly (Js.Statement | Js.Directive)[]): readonly Statement[];
  target(node: Js.BindingPattern | Js.AssignmentTarget): Target;
  func(node: Js.Function | Js.ArrowFunctionExpression, name: string): FunctionId;
  klass(node: Js.Class): ClassId;
  /** The variable that stands for `module.exports`. */
  exportsVariable(): VariableId;
  give(name: string, value: Expression): void;
  giveOn(name: string, from: string, imported: string): void;
  take(variable: VariableId, from: string, name: string, at: Offset): void;
}

/** The name of a property that is not computed. */
export function keyName(key: Js.PropertyKey, isComputed: boolean): string | undefined {
  if (!isComputed && (key.type === 'Identifier' || key.type === 'PrivateIdentifier'))
    return key.type === 'Identifier' ? key.name : `#${key.name}`;
  if (key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number'))
    return String(key.value);
  return undefined;
}

/** An annotation as it is written, in one line. */
export function typeText(
  source: string,
  annotation: { readonly start: number; readonly end: number } | null | undefined,
): { readonly type?: string } {
  if (annotation === null || annotation === undefined) return {};
  const text = source.slice(annotation.start, Math.min(annotation.end, annotation.start + 300));
  return { type: text.replace(/^:\s*/, '').replace(/\s+/g, ' ') };
}
