import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRequestId, parseEnvelope } from './message.ts';

function kindOf(value: unknown): string {
  const parsed = parseEnvelope(value);
  return 'problem' in parsed ? 'refused' : parsed.kind;
}

/** The envelope's rules once more, one after the other, as JSON-RPC 2.0 and MCP state them. */
function expected(value: Readonly<Record<string, unknown>>): string {
  const { jsonrpc, id, method, params } = value;
  const names = Object.keys(value);
  const hasOnly = (allowed: readonly string[]) => names.every((name) => allowed.includes(name));
  const idFits = typeof id === 'string' ? id.length <= 256 : Number.isSafeInteger(id);
  if (jsonrpc !== '2.0' || (names.includes('id') && !idFits)) return 'refused';
  if (!names.includes('method')) {
    const one = names.includes('result') !== names.includes('error');
    return one && names.includes('id') && hasOnly(['jsonrpc', 'id', 'result', 'error']) ? 'response' : 'refused';
  }
  if (!hasOnly(['jsonrpc', 'id', 'method', 'params'])) return 'refused';
  if (typeof method !== 'string' || !/^[A-Za-z][\w/.-]*$/.test(method) || method.length > 128) return 'refused';
  const named = typeof params === 'object' && params !== null && !Array.isArray(params);
  if (names.includes('params') && !named) return 'refused';
  return names.includes('id') ? 'request' : 'notification';
}

const ABSENT = Symbol('absent');
const MEMBERS: readonly (readonly [name: string, values: readonly unknown[]])[] = [
  ['jsonrpc', ['2.0', '1.0', 2, null]],
  ['id', [1, 0, -1, 'a', '', 'x'.repeat(256), 'x'.repeat(257), 1.5, 2 ** 53, null, true, {}, []]],
  ['method', ['tools/list', 'a', 'notifications/x', '', '1a', 'a b', 'a\n', 'm'.repeat(128), 'm'.repeat(129), 7, null]],
  ['params', [{}, { a: 1 }, [], null, 'x', 1]],
  ['result', [{}, null]],
  ['error', [{ code: 1, message: '' }, null]],
  ['extra', [1]],
];

/** Every mixture of the members, present and absent. */
function* mixtures(at = 0): Generator<Readonly<Record<string, unknown>>> {
  const member = MEMBERS[at];
  if (member === undefined) {
    yield {};
    return;
  }
  const [name, values] = member;
  for (const rest of mixtures(at + 1))
    for (const value of [ABSENT, ...values]) yield value === ABSENT ? rest : { ...rest, [name]: value };
}

test('an envelope is what the rules say, for every mixture of members', () => {
  const seen = new Map<string, number>();
  for (const value of mixtures()) {
    const kind = expected(value);
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    if (kindOf(value) !== kind) assert.equal(kindOf(value), kind, JSON.stringify(value));
  }
  assert.deepEqual([...seen.keys()].toSorted(), ['notification', 'refused', 'request', 'response']);
});

test('any other value is refused, and a list is refused as a batch', () => {
  for (const value of [null, undefined, 1, 'x', true]) {
    assert.deepEqual(parseEnvelope(value), { problem: 'not an object', batch: false, id: undefined });
  }
  assert.deepEqual(parseEnvelope([]), { problem: 'batch', batch: true, id: undefined });
  assert.deepEqual(parseEnvelope([{ jsonrpc: '2.0', id: 1, method: 'ping' }]), {
    problem: 'batch',
    batch: true,
    id: undefined,
  });
});

test('a refusal carries the id where there is one to answer, and only then', () => {
  const idOf = (value: unknown) => {
    const parsed = parseEnvelope(value);
    return 'problem' in parsed ? parsed.id : 'accepted';
  };
  assert.equal(idOf({ jsonrpc: '1.0', id: 7, method: 'ping' }), 7);
  assert.equal(idOf({ jsonrpc: '2.0', id: 'a', method: '' }), 'a');
  assert.equal(idOf({ jsonrpc: '2.0', id: null, method: 'ping' }), undefined);
  assert.equal(idOf({ jsonrpc: '2.0', id: 1.5, method: 'ping' }), undefined);
});

test('inherited members are no members', () => {
  assert.equal(kindOf(Object.create({ jsonrpc: '2.0', id: 1, method: 'ping' })), 'refused');
});

test('absent params are empty params that nobody can write to', () => {
  const parsed = parseEnvelope({ jsonrpc: '2.0', id: 1, method: 'ping' });
  assert.ok(!('problem' in parsed) && parsed.kind === 'request');
  assert.deepEqual(parsed.params, {});
  assert.ok(Object.isFrozen(parsed.params));
});

test('ids are strings of bounded length and safe integers', () => {
  for (const id of ['', 'x'.repeat(256), 0, -0, 2 ** 53 - 1, -(2 ** 53 - 1)]) assert.equal(isRequestId(id), true);
  for (const id of ['x'.repeat(257), 2 ** 53, 0.1, Number.NaN, Infinity, null, undefined, 1n, Symbol('1')]) {
    assert.equal(isRequestId(id), false);
  }
});
