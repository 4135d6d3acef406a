import type { Expression, Statement } from '../ir.ts';
import type { Frame } from './frame.ts';
import type { Machine } from './machine.ts';
import { NEVER } from './never.ts';
import { bothFacts, origin } from './origins.ts';
import { certainty, fork, guarded, harmless, meet, whereFalse, resume, type State } from './state.ts';
import { itemsOf, joinAll, onlyText, originsIn, UNKNOWN, type Value } from './values.ts';

/** Runs statements in order; gives whether the end is reached. */
export function runStatements(machine: Machine, statements: readonly Statement[], frame: Frame): boolean {
  for (const statement of statements) if (!runStatement(machine, statement, frame)) return false;
  return true;
}

function runStatement(machine: Machine, statement: Statement, frame: Frame): boolean {
  machine.step();
  switch (statement.kind) {
    case 'assign':
      machine.assign(statement.target, machine.evaluate(statement.value, frame), frame);
      return true;
    case 'do':
      return machine.evaluate(statement.value, frame) !== NEVER;
    case 'return': {
      const value = statement.value === undefined ? { constants: [null] } : machine.evaluate(statement.value, frame);
      if (value !== NEVER) frame.returns.push({ value, facts: machine.facts });
      return false;
    }
    case 'throw':
      if (statement.value !== undefined) machine.evaluate(statement.value, frame);
      return false;
    case 'leave':
      frame.exits.at(-1)?.push(fork(frame, machine));
      return false;
    case 'if':
      return runIf(machine, statement, frame);
    case 'loop':
      return runLoop(machine, statement, frame);
    case 'switch':
      return runSwitch(machine, statement, frame);
    case 'try':
      return runTry(machine, statement, frame);
  }
}

/** Goes on where ways meet; `false` where none does. */
function goOn(machine: Machine, frame: Frame, states: readonly State[]): boolean {
  const state = meet(states);
  if (state === undefined) return false;
  resume(frame, machine, state);
  return true;
}

function runIf(
  machine: Machine,
  { test, whenTrue, otherwise }: Statement & { readonly kind: 'if' },
  frame: Frame,
): boolean {
  const value = machine.evaluate(test, frame);
  const sure = certainty(value);
  if (sure !== undefined) return machine.run(sure ? whenTrue : otherwise, frame);
  const start = fork(frame, machine);
  const ends: State[] = [];
  let stops = 0;
  for (const [statements, facts] of [
    [whenTrue, value.yes],
    [otherwise, whereFalse(value)],
  ] as const) {
    resume(frame, machine, { vars: start.vars, facts: bothFacts(start.facts, facts) });
    if (machine.run(statements, frame)) ends.push(fork(frame, machine));
    else stops += 1;
  }
  if (!goOn(machine, frame, ends)) return false;
  if (stops === 1) machine.facts = guarded(machine.facts, value);
  return true;
}

function runLoop(machine: Machine, loop: Statement & { readonly kind: 'loop' }, frame: Frame): boolean {
  const { each, test, body } = loop;
  const of = each === undefined ? undefined : machine.evaluate(each.of, frame);
  const ends: State[] = [];
  // The second round sees what the first has written; deep within loops the first has to do.
  const start = fork(frame, machine);
  const rounds = frame.exits.length < 2 ? 2 : 1;
  for (let round = 0; round < rounds; round++) {
    const before = fork(frame, machine);
    let after: Value | undefined;
    if (test !== undefined && loop.isAfter !== true) after = machine.evaluate(test, frame);
    // Of what goes round an empty list nothing is used afterwards.
    if (each === undefined || !isFollowed(of))
      ends.push({ vars: before.vars, facts: bothFacts(machine.facts, after?.no) });
    machine.facts = bothFacts(machine.facts, after?.yes);
    if (each !== undefined && of !== undefined)
      machine.assign(each.target, each.by === 'element' ? elementOf(of) : keyOf(of), frame);
    frame.exits.push([]);
    const goesOn = machine.run(body, frame);
    const exits = frame.exits.pop() ?? [];
    ends.push(...exits.map((exit) => ({ vars: exit.vars, facts: exit.facts })));
    if (goesOn) ends.push(fork(frame, machine));
    if (!goOn(machine, frame, [...(goesOn ? [fork(frame, machine)] : []), ...exits, before])) break;
    if (test !== undefined && loop.isAfter === true) machine.evaluate(test, frame);
  }
  return goOn(machine, frame, ends.length > 0 || each === undefined ? ends : [start]);
}

function isFollowed(of: Value | undefined): boolean {
  return originsIn(of).length > 0;
}

/** What a loop over a value gets in each round. */
export function elementOf(value: Value): Value {
  const held = itemsOf(value);
  const entries = (value.things ?? []).flatMap((each) =>
    each.kind === 'object' && !each.isList ? [...each.fields.values()] : [],
  );
  const own = value.origins === undefined ? [] : [{ origins: value.origins.map((each) => origin('element', [each])) }];
  const all = [...held, ...(held.length === 0 ? entries : []), ...own];
  return all.length === 0 ? UNKNOWN : joinAll(all);
}

/** The names of the fields. */
export function keyOf(value: Value): Value {
  const own = value.origins === undefined ? [] : [{ origins: value.origins.map((each) => origin('key', [each])) }];
  const names = (value.things ?? []).flatMap((each) => (each.kind === 'object' ? [...each.fields.keys()] : []));
  const known: readonly Value[] = names.length === 0 || names.length > 24 ? [] : [{ constants: names }];
  return own.length === 0 && known.length === 0 ? UNKNOWN : joinAll([...known, ...own]);
}

function runSwitch(machine: Machine, { on, cases }: Statement & { readonly kind: 'switch' }, frame: Frame): boolean {
  const value = machine.evaluate(on, frame);
  const isTrue = value.constants?.[0] === true && value.constants.length === 1;
  const start = fork(frame, machine);
  const ends: State[] = [];
  let fallen: State | undefined;
  for (const { tests, isDefault, body, falls } of cases) {
    resume(frame, machine, start);
    const facts = isDefault ? [] : tests.map((test) => caseFacts(machine, frame, test, value, isTrue));
    const own = { vars: start.vars, facts: facts.reduce((all, each) => bothFacts(all, each), start.facts) };
    const enter = meet(fallen === undefined ? [own] : [own, fallen]);
    fallen = undefined;
    if (enter === undefined) continue;
    resume(frame, machine, enter);
    frame.exits.push([]);
    const goesOn = machine.run(body, frame);
    ends.push(...(frame.exits.pop() ?? []));
    if (goesOn && falls) fallen = fork(frame, machine);
    else if (goesOn) ends.push(fork(frame, machine));
  }
  if (fallen !== undefined) ends.push(fallen);
  if (!cases.some(({ isDefault }) => isDefault)) ends.push(start);
  return goOn(machine, frame, ends);
}

function caseFacts(
  machine: Machine,
  frame: Frame,
  test: Expression,
  on: Value,
  isTrue: boolean,
): ReturnType<typeof bothFacts> {
  const value = machine.evaluate(test, frame);
  if (isTrue) return value.yes ?? new Map<number, number>();
  return onlyText(value) === undefined && value.constants === undefined ? new Map<number, number>() : harmless(on);
}

function runTry(machine: Machine, statement: Statement & { readonly kind: 'try' }, frame: Frame): boolean {
  const before = fork(frame, machine);
  const ends: State[] = [];
  const goesOn = machine.run(statement.body, frame);
  const after = fork(frame, machine);
  if (goesOn) ends.push(after);
  if (statement.handler !== undefined) {
    const start = meet([before, after]) ?? before;
    // It may have been thrown before anything was established.
    resume(frame, machine, { vars: start.vars, facts: before.facts });
    if (statement.caught !== undefined) machine.assign(statement.caught, caughtError(frame), frame);
    if (machine.run(statement.handler, frame)) ends.push(fork(frame, machine));
  }
  const reached = goOn(machine, frame, ends);
  if (!reached) resume(frame, machine, before);
  const finished = machine.run(statement.final, frame);
  return reached && finished;
}

function caughtError(frame: Frame): Value {
  const source = { kind: 'error', name: 'error', file: frame.module.file, at: 0, sure: true } as const;
  return { origins: [origin('caught', [], 0, source)] };
}
