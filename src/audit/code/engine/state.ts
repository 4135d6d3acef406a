import type { VariableId } from '../ir.ts';
import type { Frame } from './frame.ts';
import type { Machine } from './machine.ts';
import {
  ALL,
  ancestorsOf,
  eitherFacts,
  GUARDED,
  harmfulSources,
  KEPT,
  HARM,
  NO_FACTS,
  origin,
  withFact,
  type Facts,
  type Origin,
} from './origins.ts';
import { join, UNKNOWN, type Value } from './values.ts';

/** Where a way through a function stands. */
export interface State {
  readonly vars: Map<VariableId, Value>;
  readonly facts: Facts;
}

/** With more variables than this a way has no copy of them: what is written is added. */
const MOST_COPIED = 1500;

/** Remembers where the way stands, so that another can begin there. */
export function fork(frame: Frame, machine: Machine): State {
  const { vars } = frame;
  return { vars: vars.size > MOST_COPIED ? vars : new Map(vars), facts: machine.facts };
}

/** Goes on from a state. It may be gone on from again. */
export function resume(frame: Frame, machine: Machine, { vars, facts }: State): void {
  frame.vars = vars.size > MOST_COPIED ? vars : new Map(vars);
  machine.facts = facts;
}

/** The state after several ways have met. */
export function meet(states: readonly State[]): State | undefined {
  const [first, ...others] = states;
  if (first === undefined || others.length === 0) return first;
  const facts = others.reduce((all, each) => eitherFacts(all, each.facts), first.facts);
  const vars = new Map<VariableId, Value>();
  for (const state of states) {
    for (const [id, value] of state.vars) {
      const known = vars.get(id);
      if (known === value) continue;
      const isSame = states.every((each) => each.vars.get(id) === value);
      const kept = isSame ? value : baked(value, state.facts, facts);
      vars.set(id, known === undefined ? kept : join(known, kept));
    }
  }
  return { vars, facts };
}

/** A value that carries what its way established, where that way meets others that did not. */
export function baked(value: Value, own: Facts, common: Facts): Value {
  if (own === common || value.origins === undefined || own.size === 0) return value;
  const origins = value.origins.map((each) => bakedOrigin(each, own, common));
  return origins.every((each, at) => each === value.origins?.[at]) ? value : { ...value, origins };
}

function bakedOrigin(each: Origin, own: Facts, common: Facts): Origin {
  let mask = 0;
  for (const harm of Object.values(HARM))
    if (harmfulSources(each, harm, own).length === 0 && harmfulSources(each, harm, common).length > 0) mask |= harm;
  mask |= (own.get(each.id) ?? 0) & ~(common.get(each.id) ?? 0) & KEPT;
  return mask === 0 ? each : origin('checked', [each], mask);
}

/** Notes that a value was asked about by a check that is not understood. */
export function guarded(facts: Facts, test: Value): Facts {
  const asked = (test.origins ?? []).filter(({ how }) => how === 'test' || how === 'through' || how === 'range');
  let all = facts;
  const about = ancestorsOf(asked);
  // A name that was looked up, and its address compared by something that knows every sort of address.
  const hows = new Set([...about].map(({ how }) => how));
  const mask = hows.has('dns') && hows.has('range') ? GUARDED | HARM.url : GUARDED;
  for (const each of about) all = withFact(all, each, mask);
  return all;
}

/** Facts that take every harm from where a value comes from. */
export function harmless(value: Value): Facts {
  return clearing(value, ALL);
}

const ASKED = /^(?:test|through|range|typeof)$/;

/** What holds where a value is not true. A text that is empty, or was not given, does nothing and needs no check. */
export function whereFalse(value: Value): Facts | undefined {
  const { origins, isPlain, no } = value;
  if (no !== undefined || isPlain === true || origins === undefined) return no;
  return origins.some(({ how }) => ASKED.test(how)) ? undefined : clearing(value, ALL | KEPT | GUARDED);
}

/** Facts that take some harms from where a value comes from. */
export function clearing(value: Value | undefined, mask: number): Facts {
  const facts = new Map<number, number>();
  for (const { id } of value?.origins ?? []) facts.set(id, mask);
  return facts;
}

const HOST = /^(?:url|\.hostname|\.host|\.netloc|\.origin|\.href|text|dns)$/;

/** What is true of the host of an address is true of the address. */
export function upwards(value: Value): Facts {
  let facts: Facts = NO_FACTS;
  const visit = (each: Origin, depth: number): void => {
    if (depth > 6) return;
    facts = withFact(facts, each, HARM.url);
    if (HOST.test(each.how)) for (const parent of each.parents) visit(parent, depth + 1);
  };
  for (const each of value.origins ?? []) if (HOST.test(each.how)) visit(each, 0);
  return facts;
}

const FORM_OF_PATH = /^(?:resolve|realpath|normalize)$/;
const FORM_OF_TEXT = /^(?:text|through|checked)$/;

/** A path that lies inside of a folder, and every other form of the same path. Of texts that it was made of it is likely. */
export function inside(value: Value): Facts {
  let facts: Facts = NO_FACTS;
  const visit = (each: Origin, depth: number, mask: number): void => {
    facts = withFact(facts, each, mask);
    if (depth > 6) return;
    const own = FORM_OF_PATH.test(each.how) ? mask : FORM_OF_TEXT.test(each.how) ? KEPT : 0;
    if (own !== 0) for (const parent of each.parents) visit(parent, depth + 1, own);
  };
  for (const each of value.origins ?? []) visit(each, 0, HARM.path | KEPT);
  return facts;
}

/** A resolved path of which the folder is a known one lies in that. */
export function beneath(folder: Value): Facts {
  let facts: Facts = NO_FACTS;
  for (const { how, parents } of folder.origins ?? [])
    if (/^\.?parent$/.test(how) && parents.every((each) => each.how === 'resolve'))
      for (const path of parents) for (const each of [path, ...path.parents]) facts = withFact(facts, each, HARM.path);
  return facts;
}

/** Whether a value is true or false whatever happens. */
export function certainty(value: Value): boolean | undefined {
  const { constants } = value;
  if (constants === undefined || value.origins !== undefined || value.things !== undefined) return undefined;
  const truths = new Set(constants.map(Boolean));
  return truths.size === 1 ? truths.has(true) : undefined;
}

/** A truth value that was got by asking about values. */
export function tested(about: readonly Value[], yes?: Facts, no?: Facts): Value {
  const parents = about.flatMap((each) => each.origins ?? []);
  if (parents.length === 0) return { ...UNKNOWN, isPlain: true };
  return {
    isPlain: true,
    origins: [origin('test', parents, ALL)],
    ...(yes === undefined ? {} : { yes }),
    ...(no === undefined ? {} : { no }),
  };
}
