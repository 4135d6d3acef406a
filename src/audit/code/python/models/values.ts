import type { Machine, Model, OutsideCall } from '../../engine/machine.ts';
import { ALL, NO_FACTS } from '../../engine/origins.ts';
import { baked } from '../../engine/state.ts';
import { elementOf, keyOf } from '../../engine/statements.ts';
import {
  join,
  joinAll,
  listOf,
  madeOf,
  objectOf,
  onlyText,
  originsIn,
  PLAIN,
  symbol,
  thing,
  thingsOf,
  UNKNOWN,
  type Value,
} from '../../engine/values.ts';
import { validated } from './arguments.ts';
import { pathOf } from './names.ts';

/** What gives numbers, truth values and other things that do no harm, whatever it is given. */
const NUMBERS: ReadonlySet<string> = new Set(
  (
    'int float bool complex len abs round hash id ord sum divmod pow callable hasattr any all issubclass uuid.UUID ' +
    'datetime.datetime.fromisoformat datetime.date.fromisoformat datetime.datetime.strptime datetime.timedelta ' +
    'decimal.Decimal math.floor math.ceil math.sqrt time.time os.path.exists os.path.isfile os.path.isdir os.path.islink ' +
    'os.path.getsize os.path.getmtime os.access os.getpid hashlib.sha256().hexdigest hashlib.md5().hexdigest'
  ).split(' '),
);
/** What gives back what it is given, in another form. */
const KEEPS: ReadonlySet<string> = new Set(
  (
    'str repr bytes bytearray ascii format memoryview json.loads json.dumps base64.b64decode base64.b64encode ' +
    'base64.urlsafe_b64decode urllib.parse.unquote urllib.parse.unquote_plus urllib.parse.urlunparse html.unescape copy.copy ' +
    'copy.deepcopy shlex.split ast.literal_eval textwrap.dedent textwrap.indent typing.cast asyncio.to_thread.value ' +
    'binascii.unhexlify codecs.decode sqlalchemy.text sqlalchemy.sql.text sqlalchemy.sql.expression.text psycopg.sql.SQL ' +
    'psycopg2.sql.SQL pydantic.AnyUrl pydantic.HttpUrl io.StringIO io.BytesIO urllib.request.Request string.Template'
  ).split(' '),
);
const COPIES: ReadonlySet<string> = new Set(
  'list tuple set frozenset sorted reversed iter collections.deque'.split(' '),
);

/** What conversions, lists, dictionaries and callbacks give back. */
export const values: Model = (call, machine) => {
  const path = pathOf(call);
  const { args, receiver } = call;
  const [first, second] = args;
  if (path === 'bool' && first !== undefined) return { isPlain: true, ...factsOf(first) };
  if ((path === 'any' || path === 'all') && first !== undefined) return ofEach(path, first);
  if (NUMBERS.has(path)) return PLAIN;
  if (path === 'str' && args.length === 1 && first !== undefined) return first;
  if (path === 'json.dumps' || path === 'repr') return madeOf('text', [first]);
  if (path === 'json.loads' || path === 'shlex.split' || path === 'typing.cast' || path === 'copy.deepcopy')
    return kept(path === 'typing.cast' ? second : first);
  if (path === 'asyncio.to_thread' || path === 'anyio.to_thread.run_sync' || path === 'functools.partial')
    return called(call, machine, path);
  if (path === 'asyncio.gather') return listOf(args);
  if (/^asyncio\.(?:wait_for|shield|create_task|run|ensure_future)$/.test(path)) return first ?? UNKNOWN;
  if (KEEPS.has(path)) return madeOf('text', [...args, ...(call.named?.values() ?? [])]);
  if (COPIES.has(path)) return first === undefined ? listOf([]) : listWith(elementOf(first));
  if (path === 'dict' || path === 'collections.OrderedDict' || path === 'types.SimpleNamespace')
    return dictionary(call);
  if (path === 'getattr') return attribute(call, machine);
  if (path === 'enumerate') return listWith(listOf([PLAIN, elementOf(first ?? UNKNOWN)]));
  if (path === 'zip') return listWith(listOf(args.map(elementOf)));
  if (path === 'map' || path === 'filter') return overEach(machine, path, first, second);
  if (path === 'next') return join(elementOf(first ?? UNKNOWN), second);
  if (path === 'min' || path === 'max') return least(args);
  if (path === 'range') return listWith(PLAIN);
  if (path.startsWith('os.environ.') || path === 'os.getenv') return variable(path, args);
  return receiver === undefined ? undefined : methods(call, receiver, machine);
};

/** A variable of the environment, by its name where that is written out. */
function variable(path: string, [name, fallback]: readonly Value[]): Value {
  const text = onlyText(name);
  const own = text === undefined || path === 'os.environ.pop' ? path : `os.environ.${text}`;
  return symbol(own, fallback === undefined ? {} : { fallback });
}

/** `any(...)` and `all(...)`: what they establish holds of each element. */
function ofEach(path: string, list: Value): Value {
  const { yes, no, origins } = elementOf(list);
  const asked = origins?.filter(({ how }) => how === 'test') ?? [];
  return {
    isPlain: true,
    ...(asked.length === 0 ? {} : { origins: asked }),
    ...(path === 'all' && yes !== undefined ? { yes } : {}),
    ...(path === 'any' && no !== undefined ? { no } : {}),
  };
}

function kept(value: Value | undefined): Value {
  return value?.origins === undefined ? UNKNOWN : madeOf('text', [value]);
}

function factsOf({ yes, no, origins }: Value): Partial<Value> {
  const asked = origins?.filter(({ how }) => how === 'test') ?? [];
  return {
    ...(yes === undefined ? {} : { yes }),
    ...(no === undefined ? {} : { no }),
    ...(asked.length === 0 ? {} : { origins: asked }),
  };
}

/** A list of which every element is this. */
function listWith(element: Value): Value {
  return thing({ kind: 'object', fields: new Map(), rest: element, isList: true });
}

/** The smaller of several: of texts it is one of them, and of a text and a number nobody asks. */
function least(args: readonly Value[]): Value {
  return args.some((each) => each.isPlain === true || typeof each.constants?.[0] === 'number') ? PLAIN : joinAll(args);
}

/** `to_thread(f, a)` calls it; `partial(f, a)` holds what it will be called with. */
function called(call: OutsideCall, machine: Machine, path: string): Value | undefined {
  const [first, ...others] = call.args;
  if (first === undefined) return undefined;
  if (path === 'functools.partial')
    return thing(...(first.things ?? []).map((each) => (each.kind === 'closure' ? { ...each, bound: others } : each)));
  const { more: _more, receiver: _receiver, ...rest } = call;
  const last = first.things?.find((each) => each.kind === 'symbol');
  const name = last?.kind === 'symbol' ? (/(\w+)$/.exec(last.path)?.[1] ?? '') : '';
  const receiver = last?.kind === 'symbol' && last.of !== undefined ? { receiver: thing(last.of) } : {};
  return machine.call({ ...rest, ...receiver, callee: first, name, args: others });
}

function dictionary(call: OutsideCall): Value {
  const [first] = call.args;
  const copies = [...thingsOf(first, 'symbol'), ...thingsOf(first, 'object').flatMap((each) => each.copies ?? [])];
  const made = { ...objectOf(call.named ?? []), copies };
  for (const each of thingsOf(first, 'object')) {
    for (const [name, value] of each.fields) if (!each.isList) made.fields.set(name, value);
    if (each.rest !== undefined) made.rest = join(made.rest, each.rest);
  }
  return first?.origins === undefined ? thing(made) : { ...thing(made), origins: first.origins };
}

function attribute(call: OutsideCall, machine: Machine): Value {
  const [of, name, other] = call.args;
  const names = name?.constants ?? [];
  if (of === undefined || names.length === 0 || name?.origins !== undefined)
    return join(elementOf(of ?? UNKNOWN), other);
  return joinAll([...names.map((each) => machine.read(of, String(each))), ...(other === undefined ? [] : [other])]);
}

function overEach(machine: Machine, path: string, given: Value | undefined, list: Value | undefined): Value {
  const element = elementOf(list ?? UNKNOWN);
  const before = machine.facts;
  const results = thingsOf(given, 'closure').map((each) => machine.invoke(each, [element]));
  machine.facts = before;
  if (path === 'filter') return listWith(element);
  const isNumber = thingsOf(given, 'symbol').some((each) => NUMBERS.has(each.path));
  return listWith(isNumber ? PLAIN : results.length === 0 ? element : joinAll(results));
}

/** Methods of lists and dictionaries. */
function methods(call: OutsideCall, receiver: Value, machine: Machine): Value | undefined {
  const { name, args } = call;
  const [first, second] = args;
  if (/^(?:model_validate(?:_json)?|parse_(?:obj|raw)|from_dict)$/.test(name))
    for (const klass of thingsOf(receiver, 'class')) return validated(machine, klass, first);
  const held = (key: Value | undefined): Value => heldUnder(machine, receiver, key);
  const objects = thingsOf(receiver, 'object');
  if (name === 'get' && (objects.length > 0 || (receiver.origins !== undefined && call.symbol === undefined)))
    return join(held(first), second);
  if (objects.length === 0) return undefined;
  switch (name) {
    case 'append':
    case 'add':
    case 'appendleft':
    case 'insert':
      for (const each of objects) {
        const given = name === 'insert' ? second : first;
        if (given === undefined) continue;
        const value = baked(given, machine.facts, NO_FACTS);
        if (name === 'append' && each.isList && each.rest === undefined && each.fields.size < 64)
          each.fields.set(String(each.fields.size), value);
        else each.rest = join(each.rest, value);
      }
      return UNKNOWN;
    case 'extend':
    case 'update':
      for (const each of objects) extend(each, first, machine, name === 'update' ? call.named : undefined);
      return UNKNOWN;
    case 'setdefault':
      for (const each of objects) if (second !== undefined) each.rest = join(each.rest, second);
      return join(held(first), second);
    case 'pop':
    case 'popitem':
      return join(held(objects[0]?.isList === true ? undefined : first), second);
    case 'keys':
      return listWith(keyOf(receiver));
    case 'values':
      return listWith(elementOf(receiver));
    case 'items':
      return listWith(listOf([keyOf(receiver), elementOf(receiver)]));
    case 'copy':
    case 'slice':
    case 'reverse':
    case 'sort':
    case 'model_dump':
    case 'dict':
      return receiver;
    default:
      return undefined;
  }
}

function extend(
  to: { readonly fields: Map<string, Value>; rest: Value | undefined; readonly isList: boolean },
  value: Value | undefined,
  { facts }: Machine,
  named: ReadonlyMap<string, Value> | undefined,
): void {
  for (const [name, each] of named ?? []) to.fields.set(name, baked(each, facts, NO_FACTS));
  if (value === undefined) return;
  for (const from of thingsOf(value, 'object')) {
    for (const [name, held] of from.fields) {
      const each = baked(held, facts, NO_FACTS);
      if (!to.isList) to.fields.set(name, each);
      else if (to.rest === undefined && to.fields.size < 64) to.fields.set(String(to.fields.size), each);
      else to.rest = join(to.rest, each);
    }
    if (from.rest !== undefined) to.rest = join(to.rest, baked(from.rest, facts, NO_FACTS));
  }
  if (value.origins !== undefined) to.rest = join(to.rest, elementOf(value));
}

/** What a dictionary holds under a key. What a caller names chooses among what is there. */
function heldUnder(machine: Machine, receiver: Value, key: Value | undefined): Value {
  const names = key?.origins === undefined ? (key?.constants ?? []) : [];
  return names.length === 0 ? elementOf(receiver) : joinAll(names.map((name) => machine.read(receiver, String(name))));
}

/** What comes from outside is not what was asked with. */
const ANSWERS =
  /^(?:requests|httpx|aiohttp|urllib3?|subprocess|asyncio\.create_subprocess|sqlite3|psycopg2?|asyncpg|pymysql|aiomysql|sqlalchemy|open|io\.open|aiofiles|os\.(?:listdir|walk|scandir|stat|popen)|socket|git\.|redis|pymongo|boto3|openai|anthropic|logging)\b/;

/** Nothing is known of what is called: its callbacks are run, and what it is given may come back. */
export const unknown: Model = (call, machine) => {
  const path = pathOf(call);
  const given = [call.receiver, ...call.args, call.more, ...(call.named?.values() ?? [])];
  const closures = [...call.args, ...(call.named?.values() ?? [])].flatMap((arg) => thingsOf(arg, 'closure'));
  const passed = madeOf('through', given);
  for (const each of closures)
    if (!machine.isFollowing || passed.origins !== undefined)
      machine.invoke(
        each,
        each.func.params.map(() => (passed.origins === undefined ? UNKNOWN : passed)),
      );
  const { symbol: from } = call;
  const result = from === undefined ? UNKNOWN : symbol(`${from.path}()`, { of: from, args: call.args });
  if (ANSWERS.test(path)) return result;
  const isPassed = given.some((each) => originsIn(each).length > 0);
  return isPassed ? { ...result, ...madeOf('through', given, path === 'hash' ? ALL : 0) } : result;
};
