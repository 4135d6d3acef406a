import type { Module, Offset } from './ir.ts';
import { lastName, literalOf, partOf, partsOf } from './judged-structure.ts';
import { holds, says, within, type Part, type Words } from './walk.ts';

const HEADER =
  /^(?:authorization|proxy-authorization|x-.*(?:key|token|auth|secret|credential).*|.*(?:api-?key|access-?token))$/i;
const SECRET = /TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL|_PAT$|_KEY$/;
const HEADERS = /headers?$/i;

/** Where a credential of the server is used for whoever brings none with a request. */
export function usesOwnCredential(module: Module, words: Words): readonly Offset[] {
  if (!says(words, HEADER) || !says(words, SECRET)) return [];
  const found: Offset[] = [];
  for (const func of module.functions) {
    const known = assignedIn(module, func.body);
    within(partsOf(func), (part) => {
      if (part['kind'] !== 'logical') return;
      const { op, left, right, at } = part;
      if (op !== 'and' && typeof at === 'number' && readsHeader(module, left, known) && readsSecret(module, right))
        found.push(at);
    });
    found.push(...laterReturn(module, func.body, known));
  }
  return [...new Set(found)];
}

/** `if (header) return header; return process.env.TOKEN`. */
function laterReturn(module: Module, body: readonly unknown[], known: ReadonlyMap<number, unknown>): readonly Offset[] {
  const returns: { readonly value: unknown; readonly at: Offset }[] = [];
  within(body, (part) => {
    if (part['kind'] !== 'return') return;
    const { value, at } = part;
    if (typeof at === 'number') returns.push({ value, at });
  });
  const given = returns.findIndex(({ value }) => readsHeader(module, value, known));
  if (given === -1) return [];
  const apart = askedElsewhere(module, body, known);
  const isApart = ({ at }: { readonly at: Offset }): boolean =>
    apart.some((block) => block.has(returns[given]?.at ?? -1) && !block.has(at));
  return returns
    .slice(given + 1)
    .filter((each) => !isApart(each))
    .filter(({ value }) => readsSecret(module, value) && !readsHeader(module, value, known) && isPlain(value))
    .map(({ at }) => at);
}

/**
 * What is given back in each block that is left by no other way, behind a condition that asks for no header:
 * `if (request) { ... throw ... return header }`. What comes after such a block is for another case, as standard streams.
 */
function askedElsewhere(
  module: Module,
  body: readonly unknown[],
  known: ReadonlyMap<number, unknown>,
): readonly ReadonlySet<Offset>[] {
  const blocks: ReadonlySet<Offset>[] = [];
  within(body, ({ kind, test, whenTrue }) => {
    if (kind !== 'if' || !Array.isArray(whenTrue) || readsHeader(module, test, known)) return;
    if (!/^(?:return|throw)$/.test(String(partOf(whenTrue.at(-1))['kind']))) return;
    const found = new Set<Offset>();
    within(whenTrue, ({ kind: each, at }) => {
      if (each === 'return' && typeof at === 'number') found.add(at);
    });
    blocks.push(found);
  });
  return blocks;
}

/** Whether it is what was read, or a part of it, and not what came of comparing it. */
function isPlain(value: unknown): boolean {
  return !holds(value, ({ kind }) => kind === 'binary' || kind === 'object');
}

/** What each variable of a function was assigned. */
function assignedIn(module: Module, body: readonly unknown[]): ReadonlyMap<number, unknown> {
  const known = new Map<number, unknown>();
  within(body, (part) => {
    if (part['kind'] !== 'assign') return;
    const { target, value } = part;
    const { kind: how, id } = partOf(target);
    if (how === 'variable' && typeof id === 'number' && readsHeader(module, value, known)) known.set(id, value);
  });
  return known;
}

/** `headers.get("x-api-key")`, `headers['x-api-key']`, `headers.authorization`. */
function readsHeader(module: Module, node: unknown, known: ReadonlyMap<number, unknown>): boolean {
  return holds(node, (part) => {
    const { kind, of, name, index, callee, args, id } = part;
    if (kind === 'variable') return typeof id === 'number' && known.has(id);
    if (kind === 'index') return HEADERS.test(lastName(module, of)) && isHeader(literalOf(index));
    if (kind === 'member') return HEADERS.test(lastName(module, of)) && isHeader(name);
    if (kind !== 'call' || !Array.isArray(args)) return false;
    const { of: receiver, name: method } = partOf(callee);
    const isRead = /^(?:get|header)$/.test(typeof method === 'string' ? method : '');
    const first = literalOf(partOf(args[0])['value']);
    return isRead && isHeader(first) && (method === 'header' || HEADERS.test(lastName(module, receiver)));
  });
}

function isHeader(name: unknown): boolean {
  return typeof name === 'string' && HEADER.test(name);
}

/** `process.env.API_KEY`, `os.environ["API_KEY"]`, `os.environ.get("API_KEY")`, `os.getenv("API_KEY")`. */
function readsSecret(module: Module, node: unknown): boolean {
  return holds(node, (part: Part) => {
    const { kind, of, name, index, callee, args } = part;
    if (kind === 'member') return lastName(module, of) === 'env' && isSecret(name);
    if (kind === 'index') return /^env(?:iron)?$/.test(lastName(module, of)) && isSecret(literalOf(index));
    if (kind !== 'call' || !Array.isArray(args)) return false;
    const isGet = lastName(module, callee) === 'get' && lastName(module, partOf(callee)['of']) === 'environ';
    return (isGet || lastName(module, callee) === 'getenv') && isSecret(literalOf(partOf(args[0])['value']));
  });
}

function isSecret(name: unknown): boolean {
  return typeof name === 'string' && SECRET.test(name);
}
