import type { Func, Module, Offset } from './ir.ts';
import { lastName, literalOf, partOf } from './judged-structure.ts';
import { holds, within, type Part } from './walk.ts';

/** What decides who may do what. */
const DECIDES =
  /allow|authori[sz]|permi(?:t|ssion)|polic|may_|^may[A-Z]|verif(?:y|ies)|is_?trusted|has_?(?:access|scope|role)/i;

/** Where a check that cannot be made comes to yes. */
export function opensOnFailure(module: Module): readonly Offset[] {
  const decides = module.functions.filter(({ name }) => DECIDES.test(name));
  if (decides.length === 0) return [];
  const swallowed = swallowedMembers(module);
  return decides.flatMap((func) => [...caughtYes(func), ...missingYes(module, func, swallowed)]);
}

/** `try { ... } catch { return true }`. */
function caughtYes({ body }: Func): readonly Offset[] {
  const found: Offset[] = [];
  within(body, (part) => {
    if (part['kind'] !== 'try' || !Array.isArray(part['handler'])) return;
    for (const arm of armsOf(part['handler'])) {
      const last = arm.at(-1);
      const { at } = partOf(last);
      if (isYes(last) && typeof at === 'number') found.push(at);
    }
  });
  return found;
}

/** What is done with each kind of failure; what is not named is thrown on. */
function armsOf(handler: readonly unknown[]): readonly (readonly unknown[])[] {
  const [first, ...others] = handler;
  const { kind, test, whenTrue, otherwise } = partOf(first);
  const isByKind = kind === 'if' && others.length === 0 && partOf(test)['op'] === 'instanceof';
  if (!isByKind || !Array.isArray(whenTrue) || !Array.isArray(otherwise)) return [handler];
  return [whenTrue as readonly unknown[], ...armsOf(otherwise)];
}

function isYes(node: unknown): boolean {
  const { kind, value } = partOf(node);
  return kind === 'return' && literalOf(value) === true;
}

/** `if self.policy is None: return True`, where the policy is missing because reading it failed and went on. */
function missingYes(module: Module, { body }: Func, swallowed: ReadonlySet<string>): readonly Offset[] {
  const found: Offset[] = [];
  within(body, ({ kind, test, whenTrue }) => {
    if (kind !== 'if' || !Array.isArray(whenTrue)) return;
    const [first] = whenTrue as readonly unknown[];
    const { at } = partOf(first);
    if (isYes(first) && typeof at === 'number' && swallowed.has(missing(module, test))) found.push(at);
  });
  return found;
}

/** What a test finds missing: `x is None`, `x === null`, `!x`. */
function missing(module: Module, test: unknown): string {
  const { kind, op, left, right, value } = partOf(test);
  if (kind === 'not') return heldName(module, value);
  if (kind !== 'binary' || op !== 'equal') return '';
  const isNothing = literalOf(right) === null || lastName(module, right) === 'undefined';
  return isNothing ? heldName(module, left) : '';
}

function heldName(module: Module, node: unknown): string {
  const { kind, of } = partOf(node);
  if (kind === 'member') return partOf(of)['kind'] === 'self' ? `self.${lastName(module, node)}` : '';
  return kind === 'variable' ? lastName(module, node) : '';
}

/** What is written where writing it may fail, and the failure is passed over. */
function swallowedMembers(module: Module): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (part: Part): void => {
    const { kind, body, handler } = part;
    if (kind !== 'try' || !Array.isArray(handler)) return;
    for (const arm of armsOf(handler)) {
      if (leaves(module, arm)) continue;
      const anew = namesWritten(module, arm);
      for (const each of namesWritten(module, body)) if (!anew.has(each)) found.add(each);
    }
  };
  within(module.body, visit);
  within(module.functions, visit);
  return found;
}

function namesWritten(module: Module, node: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  within(node, ({ kind, target }) => {
    if (kind === 'assign') names.add(heldName(module, target) || variableName(module, target));
  });
  names.delete('');
  return names;
}

function variableName(module: Module, target: unknown): string {
  const { kind, id } = partOf(target);
  return kind === 'variable' && typeof id === 'number' ? (module.variables[id]?.name ?? '') : '';
}

/** Whether a failure is passed on, or ends the process. */
function leaves(module: Module, handler: unknown): boolean {
  return holds(handler, (part) => {
    if (part['kind'] === 'throw' || part['kind'] === 'return') return true;
    return part['kind'] === 'call' && /^_?(?:exit|abort)$/.test(lastName(module, part));
  });
}
