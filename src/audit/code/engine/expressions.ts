import type { Argument, Expression } from '../ir.ts';
import { presence, withoutTypes } from './answered.ts';
import type { Frame } from './frame.ts';
import { importOf, memberOfImport } from './imported.ts';
import type { Machine } from './machine.ts';
import { ALL, ancestorsOf, bothFacts, eitherFacts, HARM, NO_FACTS, origin, withFact, type Facts } from './origins.ts';
import { baked, beneath, certainty, harmless, inside, tested, upwards, whereFalse } from './state.ts';
import { elementOf, keyOf } from './statements.ts';
import {
  constant,
  eitherOrigins,
  join,
  joinAll,
  madeOf,
  objectOf,
  onlyText,
  PLAIN,
  symbol,
  thing,
  thingsOf,
  UNKNOWN,
  type Sym,
  type Value,
} from './values.ts';

/** What an expression comes to. */
export function evaluate(machine: Machine, node: Expression, frame: Frame): Value {
  machine.step();
  switch (node.kind) {
    case 'literal':
      return constant(node.value);
    case 'regex':
      return thing({ kind: 'pattern', source: node.source, flags: node.flags, file: frame.module.file, at: node.at });
    case 'text':
      return textOf(node.parts.map((part) => machine.evaluate(part, frame)));
    case 'tagged':
      return evaluateTagged(machine, node, frame);
    case 'variable':
      return readVariable(machine, node.id, frame);
    case 'global':
      return symbol(node.name);
    case 'self':
      return selfOf(frame);
    case 'super':
      return superOf(frame);
    case 'member':
      return memberOfImport(machine, node, frame) ?? machine.read(machine.evaluate(node.of, frame), node.name);
    case 'index':
      return readIndex(machine, machine.evaluate(node.of, frame), machine.evaluate(node.index, frame));
    case 'call':
      return evaluateCall(machine, node, frame);
    case 'import':
      return machine.importFrom(frame.module, node.from, '*');
    case 'object':
      return evaluateObject(machine, node, frame);
    case 'list':
      return evaluateList(machine, node, frame);
    case 'function':
      return thing(machine.closureOf(node.id, frame));
    case 'class':
      return evaluateClass(machine, node, frame);
    case 'await':
      return machine.evaluate(node.value, frame);
    case 'assign': {
      const value = machine.evaluate(node.value, frame);
      machine.assign(node.target, value, frame);
      return value;
    }
    case 'sequence':
      return node.items.reduce<Value>((_, item) => machine.evaluate(item, frame), UNKNOWN);
    default:
      return evaluateOperator(machine, node, frame);
  }
}

type Operator = Expression & {
  readonly kind: 'choice' | 'logical' | 'not' | 'binary' | 'typeof' | 'each';
};

function evaluateOperator(machine: Machine, node: Operator, frame: Frame): Value {
  switch (node.kind) {
    case 'choice':
      return evaluateChoice(machine, node, frame);
    case 'logical':
      return evaluateLogical(machine, node, frame);
    case 'not': {
      const value = machine.evaluate(node.value, frame);
      const { yes, origins } = value;
      const no = whereFalse(value);
      const asked = origins?.filter(({ how }) => how === 'test' || how === 'through') ?? [];
      return {
        isPlain: true,
        ...(asked.length === 0 ? {} : { origins: asked }),
        ...(no === undefined ? {} : { yes: no }),
        ...(yes === undefined ? {} : { no: yes }),
      };
    }
    case 'binary':
      return evaluateBinary(machine, node, frame);
    case 'typeof': {
      const { origins } = machine.evaluate(node.value, frame);
      return origins === undefined ? UNKNOWN : { origins: [origin('typeof', origins, ALL)] };
    }
    case 'each': {
      const of = machine.evaluate(node.of, frame);
      machine.assign(node.target, elementOf(of), frame);
      const before = machine.facts;
      for (const test of node.tests) machine.facts = bothFacts(machine.facts, machine.evaluate(test, frame).yes);
      if (node.key !== undefined) machine.evaluate(node.key, frame);
      const value = baked(machine.evaluate(node.value, frame), machine.facts, before);
      machine.facts = before;
      return thing({ kind: 'object', fields: new Map(), rest: value, isList: node.key === undefined });
    }
  }
}

/** A text of several pieces. */
function textOf(pieces: readonly Value[]): Value {
  const flat = pieces.flatMap((piece) => piece.pieces ?? [piece]).filter((piece) => onlyText(piece) !== '');
  const literals = flat.map((piece) =>
    piece.constants?.length === 1 && piece.origins === undefined ? String(piece.constants[0]) : undefined,
  );
  if (literals.every((each) => each !== undefined)) return constant(literals.join('').slice(0, 4000));
  return { ...madeOf('text', flat), pieces: flat.slice(0, 64) };
}

function evaluateTagged(machine: Machine, node: Expression & { readonly kind: 'tagged' }, frame: Frame): Value {
  const callee = machine.evaluate(node.tag, frame);
  const parts = node.parts.map((part) => machine.evaluate(part, frame));
  const { receiver, name } = partsOfCallee(machine, node.tag, frame);
  const fixed = parts.filter((_, at) => at % 2 === 0);
  const list: Value = { things: [{ kind: 'object', fields: new Map(), rest: joinAll(fixed), isList: true }] };
  const others = parts.filter((_, at) => at % 2 === 1);
  const call = { callee, name: `${name}\``, args: [list, ...others], isNew: false, frame, at: node.at };
  return machine.call(receiver === undefined ? call : { ...call, receiver });
}

function readVariable(machine: Machine, id: number, frame: Frame): Value {
  const owner = frame.module.variables[id]?.owner;
  const func = owner === undefined ? undefined : frame.module.functions[owner];
  for (let at: Frame | undefined = frame; at !== undefined; at = at.around)
    if (at.func === func) {
      const held = at.vars.get(id);
      if (held !== undefined) return held;
      break;
    }
  const taken = owner === undefined ? importOf(frame.module, id) : undefined;
  return taken === undefined ? UNKNOWN : machine.importFrom(frame.module, taken.from, taken.name);
}

function selfOf(frame: Frame): Value {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.around) {
    if (at.self !== undefined) return at.self;
    if (at.func?.isLexical === false) return UNKNOWN;
  }
  return UNKNOWN;
}

function superOf(frame: Frame): Value {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.around)
    if (at.klass !== undefined) return joinAll(at.klass.bases);
  return UNKNOWN;
}

/** A member of which the name is a value. */
function readIndex(machine: Machine, of: Value, index: Value): Value {
  const names = index.constants?.filter((each) => typeof each === 'string' || typeof each === 'number');
  if (names !== undefined && names.length > 0 && index.origins === undefined)
    return joinAll(names.map((name) => machine.read(of, String(name))));
  return elementOf(of);
}

function evaluateCall(machine: Machine, node: Expression & { readonly kind: 'call' }, frame: Frame): Value {
  const { receiver, name, callee } = partsOfCallee(machine, node.callee, frame);
  const args: Value[] = [];
  const named = new Map<string, Value>();
  let more: Value | undefined;
  let moreNamed: Value | undefined;
  let isOpen = false;
  for (const arg of node.args) {
    const value = machine.evaluate(arg.value, frame);
    if (arg.name !== undefined) named.set(arg.name, value);
    else if (arg.spread === 'positional') more = spreadInto(args, value, more, arg);
    else if (arg.spread === 'named') {
      for (const each of thingsOf(value, 'object')) for (const [key, held] of each.fields) named.set(key, held);
      if (value.origins !== undefined) moreNamed = join(moreNamed, { origins: value.origins });
      isOpen ||= thingsOf(value, 'object').every(({ rest }) => rest !== undefined);
    } else if (more === undefined) args.push(value);
    else more = join(more, value);
  }
  return machine.call({
    callee,
    name,
    args,
    isNew: node.isNew,
    frame,
    at: node.at,
    ...(receiver === undefined ? {} : { receiver }),
    ...(more === undefined ? {} : { more }),
    ...(named.size === 0 ? {} : { named }),
    ...(moreNamed === undefined ? {} : { moreNamed }),
    ...(isOpen ? { isOpen } : {}),
  });
}

function spreadInto(args: Value[], value: Value, more: Value | undefined, { spread }: Argument): Value | undefined {
  const lists = thingsOf(value, 'object');
  const [list] = lists;
  if (
    spread === 'positional' &&
    lists.length === 1 &&
    list !== undefined &&
    list.rest === undefined &&
    more === undefined
  ) {
    args.push(...list.fields.values());
    return value.origins === undefined ? undefined : elementOf(value);
  }
  return join(more, elementOf(value));
}

function partsOfCallee(
  machine: Machine,
  node: Expression,
  frame: Frame,
): { readonly callee: Value; readonly receiver?: Value; readonly name: string } {
  if (node.kind === 'member') {
    const imported = memberOfImport(machine, node, frame);
    if (imported !== undefined) return { name: node.name, callee: imported };
    const receiver = node.of.kind === 'super' ? selfOf(frame) : machine.evaluate(node.of, frame);
    const from = node.of.kind === 'super' ? superOf(frame) : receiver;
    return { receiver, name: node.name, callee: machine.read(from, node.name) };
  }
  if (node.kind === 'index') {
    const receiver = machine.evaluate(node.of, frame);
    const index = machine.evaluate(node.index, frame);
    return { receiver, name: onlyText(index) ?? '', callee: readIndex(machine, receiver, index) };
  }
  const name =
    node.kind === 'variable' ? (frame.module.variables[node.id]?.name ?? '') : node.kind === 'global' ? node.name : '';
  const callee = machine.evaluate(node, frame);
  return node.kind === 'super' ? { callee, name: 'super', receiver: selfOf(frame) } : { callee, name };
}

function evaluateObject(machine: Machine, node: Expression & { readonly kind: 'object' }, frame: Frame): Value {
  const copies: Sym[] = [];
  const made = { ...objectOf([]), copies };
  const spread: Value[] = [];
  for (const { name, key, spread: isSpread, value } of node.fields) {
    const held = machine.evaluate(value, frame);
    if (isSpread === true) {
      for (const each of thingsOf(held, 'object')) {
        for (const [own, inner] of each.fields) made.fields.set(own, inner);
        if (each.rest !== undefined) made.rest = join(made.rest, each.rest);
      }
      if (held.origins !== undefined) spread.push(held);
      copies.push(...thingsOf(held, 'symbol'), ...thingsOf(held, 'object').flatMap((each) => each.copies ?? []));
      continue;
    }
    const names = name === undefined && key !== undefined ? machine.evaluate(key, frame).constants : undefined;
    if (name !== undefined) made.fields.set(name, held);
    else if (names?.length === 1) made.fields.set(String(names[0]), held);
    else made.rest = join(made.rest, held);
  }
  const origins = spread.flatMap((each) => each.origins ?? []);
  return origins.length === 0 ? thing(made) : { ...thing(made), origins };
}

function evaluateList(machine: Machine, node: Expression & { readonly kind: 'list' }, frame: Frame): Value {
  const fields = new Map<string, Value>();
  let rest: Value | undefined;
  for (const { value, spread } of node.items) {
    const held = machine.evaluate(value, frame);
    const lists = spread ? thingsOf(held, 'object') : [];
    const [list] = lists;
    if (!spread && rest === undefined && fields.size < 64) fields.set(String(fields.size), held);
    else if (!spread) rest = join(rest, held);
    else if (lists.length === 1 && list?.rest === undefined && list !== undefined && held.origins === undefined)
      for (const item of list.fields.values()) fields.set(String(fields.size), item);
    else rest = join(rest, elementOf(held));
  }
  return thing({ kind: 'object', fields, rest, isList: true });
}

function evaluateClass(machine: Machine, node: Expression & { readonly kind: 'class' }, frame: Frame): Value {
  const klass = frame.module.classes[node.id];
  if (klass === undefined) return UNKNOWN;
  const bases = klass.bases.map((base) => machine.evaluate(withoutTypes(base), frame));
  const made = { kind: 'class', module: frame.module, klass, frame, bases, own: objectOf([]) } as const;
  machine.noteClass(made);
  for (const { name, isStatic, value } of klass.members)
    if (isStatic && value !== undefined && value.kind !== 'function') {
      const held = machine.evaluate(value, frame);
      if (name !== '') made.own.fields.set(name, held);
    }
  return thing(made);
}

function evaluateChoice(machine: Machine, node: Expression & { readonly kind: 'choice' }, frame: Frame): Value {
  const test = machine.evaluate(node.test, frame);
  const sure = certainty(test);
  if (sure !== undefined) return machine.evaluate(sure ? node.whenTrue : node.otherwise, frame);
  const before = machine.facts;
  const under = (facts: Facts | undefined, branch: Expression): Value => {
    machine.facts = bothFacts(before, facts);
    const value = baked(machine.evaluate(branch, frame), machine.facts, before);
    machine.facts = before;
    return value;
  };
  return join(under(test.yes, node.whenTrue), under(test.no, node.otherwise));
}

function evaluateLogical(machine: Machine, node: Expression & { readonly kind: 'logical' }, frame: Frame): Value {
  const left = machine.evaluate(node.left, frame);
  const before = machine.facts;
  const isAnd = node.op === 'and';
  const without = whereFalse(left);
  if (certainty(left) === !isAnd && node.op !== 'nullish') return left;
  machine.facts = bothFacts(before, isAnd ? left.yes : without);
  const right = baked(machine.evaluate(node.right, frame), machine.facts, before);
  machine.facts = before;
  const kept = isAnd && left.isPlain === true ? right : join(left, right);
  const { yes: _yes, no: _no, ...value } = kept;
  // What was asked on the left is asked of the whole.
  const asked = eitherOrigins(left.origins, right.origins).filter(({ how }) => how === 'test');
  const origins = eitherOrigins(value.origins, asked);
  const facts = isAnd
    ? { yes: bothFacts(left.yes, right.yes), no: eitherFacts(without, bothFacts(left.yes, right.no)) }
    : { yes: eitherFacts(left.yes, bothFacts(without, right.yes)), no: bothFacts(without, right.no) };
  return { ...value, ...(origins.length === 0 ? {} : { origins }), ...facts };
}

function evaluateBinary(machine: Machine, node: Expression & { readonly kind: 'binary' }, frame: Frame): Value {
  const left = machine.evaluate(node.left, frame);
  const right = machine.evaluate(node.right, frame);
  switch (node.op) {
    case 'add':
      return left.isPlain === true && right.isPlain === true ? PLAIN : textOf([left, right]);
    case 'equal':
      return equality(left, right);
    case 'unequal': {
      const { yes, no, ...value } = equality(left, right);
      return { ...value, ...(no === undefined ? {} : { yes: no }), ...(yes === undefined ? {} : { no: yes }) };
    }
    case 'in':
      return keyOf(right).origins === undefined ? tested([left], harmless(left)) : tested([left, right]);
    case 'modulo':
      return join(PLAIN, madeOf('text', [left, right]));
    default:
      return PLAIN;
  }
}

/** What equals something that is trusted is trusted. */
function equality(left: Value, right: Value): Value {
  const [about, other] = left.origins === undefined ? [right, left] : [left, right];
  if (about.origins === undefined) return isOtherSeparator(left, right) ? constant(false) : PLAIN;
  if (other.origins !== undefined) return tested([left, right]);
  const isType = about.origins.every(({ how }) => how === 'typeof');
  if (isType) {
    const text = onlyText(other);
    const parents = { origins: about.origins.flatMap(({ parents: own }) => own) };
    return text === 'string' || text === 'object' ? PLAIN : { isPlain: true, yes: harmless(parents) };
  }
  const isAsked = about.origins.every(({ how }) => how === 'test');
  const only = other.constants?.length === 1 ? other.constants[0] : undefined;
  if (isAsked && typeof only === 'boolean') {
    const { yes, no, origins } = about;
    const [onYes, onNo] = only ? [yes, no] : [no, yes];
    return {
      isPlain: true,
      origins,
      ...(onYes === undefined ? {} : { yes: onYes }),
      ...(onNo === undefined ? {} : { no: onNo }),
    };
  }
  const isPresence = other.constants?.every((each) => each === null || each === '') === true;
  if (isPresence) return { ...presence(about), yes: harmless(about) };
  const kept = [harmless(about), upwards(about), inside(about), beneath(about), schemeFacts(about)];
  return tested(
    [about],
    kept.reduce((all, each) => bothFacts(all, each)),
  );
}

/** What is asked of the separator of Windows is left out: paths are followed as elsewhere. */
function isOtherSeparator(left: Value, right: Value): boolean {
  return (
    onlyText(right) === '\\' && thingsOf(left, 'symbol').some(({ path }) => /^path(?:\.default)?\.sep$/.test(path))
  );
}

/** What is true of the scheme of an address is true of the address. */
function schemeFacts({ origins }: Value): Facts {
  let facts: Facts = NO_FACTS;
  for (const { how, source, parents } of origins ?? [])
    if (how === '.protocol' || source?.name.endsWith('.protocol') === true)
      for (const each of ancestorsOf(parents)) facts = withFact(facts, each, HARM.scheme);
  return facts;
}
