import type { Call, Machine, Model, OutsideCall } from '../../engine/machine.ts';
import { ALL, NO_FACTS } from '../../engine/origins.ts';
import { baked } from '../../engine/state.ts';
import { elementOf, keyOf } from '../../engine/statements.ts';
import {
  constant,
  itemsOf,
  join,
  joinAll,
  listOf,
  madeOf,
  objectOf,
  originsIn,
  PLAIN,
  symbol,
  thing,
  thingsOf,
  UNKNOWN,
  type Value,
} from '../../engine/values.ts';
import { pathOf } from './names.ts';

const NUMBERS: ReadonlySet<string> = new Set(
  (
    'Number parseInt parseFloat Number.parseInt Number.parseFloat Boolean BigInt Date.now Math.floor Math.round Math.max ' +
    'Math.min Math.abs Math.ceil Math.trunc Date.parse Buffer.byteLength'
  ).split(' '),
);
/** Functions that give back what they are given, in another form. */
const KEEPS: ReadonlySet<string> = new Set(
  (
    'String JSON.parse JSON.stringify Buffer.from atob btoa decodeURIComponent decodeURI escape unescape encodeURI ' +
    'structuredClone Object.freeze Object.seal Array.from Array.of Promise.resolve util.format util.inspect URLSearchParams ' +
    'querystring.parse querystring.stringify String.raw TextEncoder Object.create Promise.all Promise.race Promise.any ' +
    'Promise.allSettled Array url.fileURLToPath url.pathToFileURL os.homedir lodash.cloneDeep util.promisify ' +
    'promisify yaml.parse yaml.stringify js-yaml.load js-yaml.dump'
  ).split(' '),
);

const DIGEST = /^crypto\.create(?:Hash|Hmac)\(/;

/** What conversions, lists, maps and promises give back. */
export const values: Model = (call, machine) => {
  const path = pathOf(call);
  const [first] = call.args;
  if (NUMBERS.has(path)) return PLAIN;
  if (path === 'Promise.all' || path === 'Promise.allSettled' || path === 'Array.from')
    return path === 'Array.from' && call.args[1] !== undefined
      ? listWith(callBack(machine, call.args[1], [elementOf(first ?? UNKNOWN)]))
      : (first ?? UNKNOWN);
  if (path === 'Promise' && call.isNew) return fromExecutor(machine, call);
  // What a digest says is decided by nobody.
  if (path === 'crypto.hash' || (DIGEST.test(path) && call.name === 'digest')) return UNKNOWN;
  if (path === 'JSON.stringify') return madeOf('text', [first]);
  if (path === 'util.promisify' || path === 'promisify') return first ?? UNKNOWN;
  if (path === 'encodeURIComponent') return madeOf('encoded', [first], ALL & ~1 & ~2);
  if (path === 'Object.entries' || path === 'Object.values' || path === 'Object.keys') return partsOf(path, first);
  if (path === 'Object.fromEntries') return fromEntries(first);
  if (path === 'Object.assign') return assigned(call);
  if (KEEPS.has(path)) return call.args.length === 1 ? keptForm(path, first) : madeOf('text', call.args);
  if ((path === 'Map' || path === 'WeakMap') && call.isNew) return mapOf(first);
  if ((path === 'Set' || path === 'WeakSet') && call.isNew)
    return first === undefined ? listOf([]) : listOf(itemsOf(first));
  if (path === 'Error' || path.endsWith('Error')) return madeOf('error', call.args);
  return onFunction(call, machine);
};

function keptForm(path: string, value: Value | undefined): Value {
  if (value === undefined) return UNKNOWN;
  return path === 'String' && value.constants !== undefined ? value : join(value, undefined);
}

function listWith(element: Value): Value {
  return thing({ kind: 'object', fields: new Map(), rest: element, isList: true });
}

function partsOf(path: string, value: Value | undefined): Value {
  if (value === undefined) return UNKNOWN;
  if (path === 'Object.keys') return listWith(keyOf(value));
  if (path === 'Object.values') return listWith(elementOf(value));
  return listWith(listOf([keyOf(value), elementOf(value)]));
}

function assigned({ args }: Call): Value {
  const [into, ...others] = args;
  for (const to of thingsOf(into, 'object'))
    for (const from of others) {
      for (const each of thingsOf(from, 'object')) for (const [name, held] of each.fields) to.fields.set(name, held);
      if (from.origins !== undefined) to.rest = join(to.rest, { origins: from.origins });
    }
  return into ?? UNKNOWN;
}

function fromEntries(entries: Value | undefined): Value {
  const made = objectOf([]);
  for (const entry of itemsOf(entries)) {
    const [key, value = UNKNOWN] = itemsOf(entry);
    const names = key?.origins === undefined ? key?.constants : undefined;
    for (const name of names ?? []) made.fields.set(String(name), value);
    if (names === undefined) made.rest = join(made.rest, join(value, key));
  }
  return entries?.origins === undefined ? thing(made) : { ...thing(made), origins: entries.origins };
}

/** A map is an object of which the fields are not known, unless they are written out. */
function mapOf(entries: Value | undefined): Value {
  const made = objectOf([]);
  for (const entry of itemsOf(entries)) {
    const [key, value] = itemsOf(entry);
    const name = key?.constants?.length === 1 ? String(key.constants[0]) : undefined;
    if (name !== undefined && value !== undefined) made.fields.set(name, value);
    else made.rest = join(made.rest, value ?? UNKNOWN);
  }
  return thing(made);
}

function fromExecutor(machine: Machine, call: OutsideCall): Value {
  const held = objectOf([]);
  const resolve = symbol('Promise.resolver()', { args: [thing(held)] });
  callBack(machine, call.args[0], [resolve, symbol('Promise.rejecter()')]);
  return held.rest ?? UNKNOWN;
}

/** Calls what may be a function. */
function callBack(machine: Machine, value: Value | undefined, args: readonly Value[]): Value {
  const closures = thingsOf(value, 'closure');
  const symbols = thingsOf(value, 'symbol');
  const results = closures.map((each) => machine.invoke(each, args));
  if (closures.length === 0 && symbols.length > 0) return joinAll(args.slice(0, 1));
  return results.length === 0 ? UNKNOWN : joinAll(results);
}

/** `f.call(self, a)`, `f.apply(self, [a])`, `f.bind(self, a)`. */
function onFunction(call: OutsideCall, machine: Machine): Value | undefined {
  if (call.symbol?.path === 'Promise.resolver()') {
    const [held] = thingsOf(call.symbol.args?.[0], 'object');
    if (held !== undefined && call.args[0] !== undefined) held.rest = join(held.rest, call.args[0]);
    return UNKNOWN;
  }
  const closures = thingsOf(call.receiver, 'closure');
  if (closures.length === 0 || !/^(?:call|apply|bind)$/.test(call.name)) return undefined;
  const [self, ...others] = call.args;
  const args = call.name === 'apply' ? itemsOf(others[0]) : others;
  if (call.name === 'bind')
    return thing(...closures.map((each) => ({ ...each, bound: args, ...(self === undefined ? {} : { self }) })));
  return joinAll(closures.map((each) => machine.invoke(each, args, self === undefined ? {} : { self })));
}

const EACH: ReadonlySet<string> = new Set(
  'map flatMap forEach filter find findLast findIndex some every sort toSorted reduce reduceRight'.split(' '),
);
const SAME: ReadonlySet<string> = new Set(
  'slice sort toSorted reverse toReversed concat flat values entries with splice filter fill'.split(' '),
);

/** Methods of lists, maps, sets and promises, whatever else is known of what they are called on. */
export const lists: Model = (call, machine) => {
  const { receiver, name, args } = call;
  if (receiver === undefined) return undefined;
  if (name === 'then' || name === 'catch' || name === 'finally') {
    const results = args.map((each, at) => callBack(machine, each, [at === 0 && name === 'then' ? receiver : UNKNOWN]));
    return name === 'then' ? joinAll(results) : receiver;
  }
  const objects = thingsOf(receiver, 'object');
  if (EACH.has(name) && (objects.length > 0 || receiver.origins !== undefined || call.symbol === undefined))
    return overEach(machine, receiver, name, args);
  if (objects.length === 0) return undefined;
  return onObject(call, receiver, machine);
};

function overEach(machine: Machine, receiver: Value, name: string, args: readonly Value[]): Value {
  const element = elementOf(receiver);
  const isReduce = name.startsWith('reduce');
  const given = isReduce ? [join(args[1], element), element, PLAIN] : [element, PLAIN, receiver];
  const before = machine.facts;
  const result = baked(callBack(machine, args[0], given), machine.facts, before);
  machine.facts = before;
  if (name === 'map') return listWith(result);
  if (name === 'flatMap') return listWith(elementOf(result));
  if (name === 'find' || name === 'findLast') return found(element, result);
  if (isReduce) return join(result, args[1]);
  if (name === 'some' || name === 'every') return { ...PLAIN, ...truthOf(result) };
  return SAME.has(name) ? filtered(receiver, result) : PLAIN;
}

/** What is asked of each is asked of whatever they are compared with. */
function truthOf({ origins, yes, no }: Value): Value {
  return {
    ...(origins === undefined ? {} : { origins }),
    ...(yes === undefined ? {} : { yes }),
    ...(no === undefined ? {} : { no }),
  };
}

/** Of the server's own things one is found where what was asked of another value holds: `roots.find((root) => isIn(root, path))`. */
function found(element: Value, { yes, origins }: Value): Value {
  if (element.origins !== undefined || yes === undefined || yes.size === 0) return element;
  return { ...element, ...(origins === undefined ? {} : { origins }), yes };
}

/** What passes a filter carries what the filter established. */
function filtered(receiver: Value, result: Value): Value {
  const { yes } = result;
  const element = elementOf(receiver);
  if (found(element, result) !== element) return listWith(found(element, result));
  const masks = yes === undefined ? [] : [...yes.values()];
  const mask = masks.length === 0 ? 0 : masks.reduce((all, each) => all & each);
  return mask === 0 ? receiver : listWith(madeOf('checked', [elementOf(receiver)], mask));
}

function onObject(call: OutsideCall, receiver: Value, machine: Machine): Value | undefined {
  const { name } = call;
  // What is kept carries what is established where it is kept.
  const args = call.args.map((each) => baked(each, machine.facts, NO_FACTS));
  const objects = thingsOf(receiver, 'object');
  const [first, second] = args;
  if (name === 'push' || name === 'unshift' || name === 'add') {
    for (const each of objects) {
      const more = call.more === undefined ? args : [...args, call.more];
      for (const arg of more)
        if (
          each.isList &&
          each.rest === undefined &&
          each.fields.size < 64 &&
          name === 'push' &&
          call.more === undefined
        )
          each.fields.set(String(each.fields.size), arg);
        else each.rest = join(each.rest, arg);
    }
    return name === 'add' ? receiver : PLAIN;
  }
  if (name === 'set' && second !== undefined) {
    const key = first?.constants?.length === 1 ? String(first.constants[0]) : undefined;
    for (const each of objects)
      if (key === undefined) each.rest = join(each.rest, second);
      else each.fields.set(key, second);
    return receiver;
  }
  if (name === 'get') {
    const key = first?.constants?.length === 1 && first.origins === undefined ? String(first.constants[0]) : undefined;
    const held = objects.flatMap((each) => (key === undefined ? undefined : each.fields.get(key)) ?? []);
    return held.length > 0 ? joinAll(held) : elementOf(receiver);
  }
  if (name === 'pop' || name === 'shift' || name === 'at') return elementOf(receiver);
  if (name === 'join') return joined(receiver, first);
  if (name === 'concat') return listWith(joinAll([elementOf(receiver), ...args.map((each) => elementOf(each))]));
  if (SAME.has(name)) return receiver;
  if (name === 'keys') return listWith(keyOf(receiver));
  return undefined;
}

function joined(receiver: Value, by: Value | undefined): Value {
  const items = itemsOf(receiver);
  const origins = receiver.origins === undefined ? [] : [{ origins: receiver.origins }];
  const pieces = items.flatMap((each, at) => (at === 0 ? [each] : [by ?? constant(','), each]));
  return { ...madeOf('text', [...items, ...origins]), pieces: pieces.slice(0, 64) };
}

/** Nothing is known of what is called: its callbacks are run, and what it is given may come back. */
export const unknown: Model = (call, machine) => {
  const given = [call.receiver, ...call.args, call.more];
  for (const arg of call.args) {
    const closures = thingsOf(arg, 'closure');
    if (closures.length === 0) continue;
    const passed = madeOf('through', given);
    for (const each of closures)
      machine.invoke(
        each,
        each.func.params.map(() => (passed.origins === undefined ? UNKNOWN : passed)),
      );
  }
  const { symbol: from } = call;
  const path = from === undefined ? undefined : `${from.path}${call.isNew ? '.new' : ''}()`;
  const result = path === undefined || from === undefined ? UNKNOWN : symbol(path, { of: from, args: call.args });
  // What is read with the help of a value is not that value.
  if (/^(?:fs\.|fetch$|axios|got|undici|pg|mysql|better-sqlite3|child_process)/.test(pathOf(call))) return result;
  const isPassed = call.args.some((each) => originsIn(each).length > 0) || call.receiver?.origins !== undefined;
  return isPassed ? { ...result, ...madeOf('through', given) } : result;
};
