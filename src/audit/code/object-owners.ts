import type { Func, Module, Offset, VariableId } from './ir.ts';
import { lastName, literalOf, partOf, partsOf } from './judged-structure.ts';
import { holds, says, within, type Part, type Words } from './walk.ts';

const OWNER =
  /^(?:owner|user|tenant|account|principal|subject|created_?by|org(?:anization)?|workspace|customer)(?:_?(?:id|name|sub))?$/i;
const KNOWN = /auth|claims|principal|identity|subject|caller|current_?user/i;
const STATEMENT = /^\s*(?:SELECT\b[\s\S]*?\bFROM|DELETE\s+FROM|UPDATE)\s+["`[]?(\w+)/i;
const WHERE = /\bWHERE\b([\s\S]*)/i;
/** One row by its id: a placeholder of any driver. */
const BY_ID = /^\s*["`]?(?:\w+\.)?(?:id|uuid|\w+_id)["`]?\s*=\s*(?:\$\d+|\?|%s|:\w+|@\w+|%\(\w+\)s)/i;
const COLUMN = /["`]?(?:\w+\.)?(\w+)["`]?\s*(?:=|\bIN\b)/gi;

/** Where an object is found by an id alone, though the target keeps whose it is and asks for that elsewhere. */
export function findsOfAnybody(module: Module, words: Words): readonly Offset[] {
  return says(words, OWNER) ? [...inStores(module), ...inTables(module)] : [];
}

/** Rows by their id alone, of a table of which other statements ask for the owner. */
function inTables(module: Module): readonly Offset[] {
  const statements = module.functions.flatMap((func) => statementsIn(func));
  const owned = new Map<string, string>();
  for (const { table, columns } of statements) {
    const owner = columns.find((each) => OWNER.test(each));
    if (owner !== undefined) owned.set(table, owner);
  }
  return statements.flatMap(({ table, columns, isById, func, at }) => {
    const owner = owned.get(table);
    if (owner === undefined || !isById || columns.some((each) => OWNER.test(each))) return [];
    // Whoever it is for is handed over, and not looked at.
    return isAtHandUnused(module, func, owner) ? [at] : [];
  });
}

interface Found {
  readonly table: string;
  readonly columns: readonly string[];
  readonly isById: boolean;
  readonly func: Func;
  readonly at: Offset;
}

function statementsIn(func: Func): readonly Found[] {
  const found: Found[] = [];
  within(func.body, (part) => {
    if (part['kind'] !== 'literal') return;
    const { value: text, at } = part;
    const table = typeof text === 'string' ? STATEMENT.exec(text)?.[1] : undefined;
    if (typeof text !== 'string' || table === undefined || typeof at !== 'number') return;
    const where = WHERE.exec(text)?.[1] ?? '';
    const columns = [...where.matchAll(COLUMN)].map(([, name]) => name ?? '');
    found.push({ table: table.toLowerCase(), columns, isById: BY_ID.test(where), func, at });
  });
  return found;
}

/** Whether a function is told whose it is to be, and uses that nowhere. */
function isAtHandUnused({ variables }: Module, { params, body }: Func, owner: string): boolean {
  const base = baseOf(owner);
  return params.some(({ target }) => {
    if (target.kind !== 'variable' || baseOf(variables[target.id]?.name ?? '') !== base) return false;
    return !holds(body, ({ kind, id }) => kind === 'variable' && id === target.id);
  });
}

/** `tenant_id` and `tenantId` are of a tenant. */
function baseOf(name: string): string {
  return name.toLowerCase().replace(/_?(?:id|name|sub)$/, '');
}

/** Objects in a variable of the file, by an id that the function is passed. */
function inStores(module: Module): readonly Offset[] {
  const owned = ownedStores(module);
  if (owned.size === 0) return [];
  const looking = new Set(module.functions.filter((func) => [...owned.values()].some((name) => looksAt(func, name))));
  const names = new Set([...looking].map(({ name }) => name));
  return module.functions.flatMap((func) => {
    if (looking.has(func) || holds(func.body, (part) => part['kind'] === 'call' && names.has(lastName(module, part))))
      return [];
    return readsOf(module, func, owned);
  });
}

/** Variables of the file in which objects are kept under an id with a field that says whose they are; by that field. */
function ownedStores(module: Module): ReadonlyMap<VariableId, string> {
  const found = new Map<VariableId, string>();
  const note = (func: Func, store: unknown, value: unknown): void => {
    const { kind, id } = partOf(store);
    if (kind !== 'variable' || typeof id !== 'number' || module.variables[id]?.owner !== undefined) return;
    const { fields } = partOf(value);
    if (!Array.isArray(fields)) return;
    for (const { name, value: held } of fields as readonly Part[])
      if (typeof name === 'string' && OWNER.test(name) && isCaller(module, func, held)) found.set(id, name);
  };
  for (const func of module.functions)
    within(func.body, (part) => {
      const kind = part['kind'];
      if (kind !== 'assign' && kind !== 'call') return;
      const { target, value, callee, args } = part;
      if (kind === 'assign' && partOf(target)['kind'] === 'index') note(func, partOf(target)['of'], value);
      if (kind === 'call' && partOf(callee)['name'] === 'set' && Array.isArray(args))
        note(func, partOf(callee)['of'], partOf(args[1])['value']);
    });
  return found;
}

/** Whether a value says who asks, as the server knows it, and not what a caller says of an object. */
function isCaller(module: Module, func: Func, value: unknown): boolean {
  const passed = passedTo(func);
  return holds(value, (part) => {
    const name = lastName(module, part);
    if (part['kind'] === 'call') return OWNER.test(name.replace(/_?(?:of|for)$/i, '')) || KNOWN.test(name);
    if (part['kind'] === 'variable') return !passed.has(part['id']) && (OWNER.test(name) || KNOWN.test(name));
    return part['kind'] === 'member' && KNOWN.test(name);
  });
}

/** Variables that a function is passed. */
function passedTo({ params }: Func): ReadonlySet<unknown> {
  const passed = new Set<unknown>();
  within(params, ({ kind, id }) => {
    if (kind === 'variable') passed.add(id);
  });
  return passed;
}

/** Whether a function reads whose an object is: `task.owner`, `task["owner"]`, `task.get("owner")`, `{ owner }`. */
function looksAt(func: Func, owner: string): boolean {
  return holds(partsOf(func), (part) => {
    const { kind, name, index, callee, args, fields } = part;
    if (kind === 'member') return name === owner;
    if (kind === 'index') return literalOf(index) === owner;
    if (kind === 'fields' && Array.isArray(fields)) return fields.some((each: Part) => each['name'] === owner);
    if (kind !== 'call' || !Array.isArray(args)) return false;
    return partOf(callee)['name'] === 'get' && literalOf(partOf(args[0])['value']) === owner;
  });
}

/** `TASKS[id]`, `TASKS.get(id)`, `TASKS.pop(id)` with an id that the function is passed. */
function readsOf(module: Module, func: Func, owned: ReadonlyMap<VariableId, string>): readonly Offset[] {
  const isStore = (node: unknown): boolean =>
    owned.has(partOf(node)['id'] as VariableId) && partOf(node)['kind'] === 'variable';
  const passed = passedTo(func);
  const isPassed = (node: unknown): boolean =>
    holds(node, ({ kind, id }) => kind === 'variable' && passed.has(id)) && !holds(node, ({ kind }) => kind === 'call');
  const found: Offset[] = [];
  within(func.body, ({ kind, of, index, callee, args, at }) => {
    if (typeof at !== 'number') return;
    if (kind === 'index' && isStore(of) && isPassed(index) && !isWritten(func, at)) found.push(at);
    if (kind !== 'call' || !Array.isArray(args) || !isStore(partOf(callee)['of'])) return;
    const method = lastName(module, callee);
    if (/^(?:get|pop)$/.test(method) && isPassed(partOf(args[0])['value'])) found.push(at);
  });
  return found;
}

/** Whether an element is assigned there, and not read. */
function isWritten({ body }: Func, place: Offset): boolean {
  return holds(
    body,
    ({ kind, target }) => kind === 'assign' && partOf(target)['kind'] === 'index' && partOf(target)['at'] === place,
  );
}
