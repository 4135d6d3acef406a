import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import pino from 'pino';
import { createSecret, sourceOf } from './opaque.ts';

const [VALUE, OLD] = ['the-value-nobody-prints', 'the-value-before-that'];
const source = { name: 'crm', present: () => VALUE, accepted: () => [VALUE, OLD] };
const secret = createSecret(source);
/** A secret, for the type checker a text: in plain JavaScript nothing stops a handler. */
const text = secret as unknown as string;

test('every way of printing gives the mark, or nothing', () => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  logger.info({ secret, nested: { deep: [secret] } }, text);
  logger.error(new Error(String(secret), { cause: secret }));
  const map = new Map([[secret, secret]]);
  const printed = [
    String(secret),
    `it is ${text}`,
    'it is ' + text,
    inspect(Number(text)),
    JSON.stringify({ secret, list: [secret], map: [...map] }),
    inspect(secret, { showHidden: true, depth: 20, getters: true, showProxy: true }),
    inspect(secret, { showHidden: true, depth: 20, getters: true, customInspect: false }),
    inspect(Object.getPrototypeOf(secret), { showHidden: true, getters: false }),
    inspect(map, { showHidden: true }),
    inspect(structuredClone(secret), { showHidden: true }),
    inspect(deserialize(serialize({ secret })), { showHidden: true }),
    serialize({ secret }).toString('latin1'),
    inspect(new Error('with', { cause: secret }), { showHidden: true }),
    JSON.stringify({ ...secret }),
    inspect(Object.entries(secret)),
    inspect(Object.getOwnPropertyDescriptors(secret)),
    inspect(Reflect.ownKeys(secret)),
    inspect(secret.valueOf()),
    secret.toLocaleString(),
    inspect(new Proxy(secret, {}), { showProxy: true, showHidden: true }),
    ...lines,
  ];
  for (const line of printed) assert.ok(!line.includes(VALUE) && !line.includes(OLD), line);
  assert.equal(printed[0], '[secret]');
  assert.equal(printed[1], 'it is [secret]');
  assert.match(printed[4] ?? '', /^\{"secret":"\[secret\]","list":\["\[secret\]"\]/);
  assert.equal(secret.name, 'crm');
});

test('nothing of it can be changed, and nothing leads to its source but its own module', () => {
  assert.ok(Object.isFrozen(secret) && Object.isFrozen(Object.getPrototypeOf(secret)));
  assert.equal(Reflect.get(secret, 'constructor'), Object);
  assert.equal(sourceOf(secret), source);
  for (const forged of [{ name: 'crm' }, Object.create(secret), structuredClone(secret), new Proxy(secret, {})])
    assert.equal(sourceOf(Object(forged)), undefined);
  const prototype: object = Object.getPrototypeOf(secret);
  assert.throws(() => Reflect.get(prototype, 'name', {}), TypeError);
});

test('collections that a handler has replaced see no value', (t) => {
  const seen: unknown[] = [];
  for (const collection of [WeakMap, Map, WeakSet, Set]) {
    for (const method of ['get', 'has'] as const) {
      if (!(method in collection.prototype)) continue;
      const original: unknown = Reflect.get(collection.prototype, method);
      const spy = function (this: unknown, key: unknown): unknown {
        const value: unknown = typeof original === 'function' ? Reflect.apply(original, this, [key]) : undefined;
        seen.push(value);
        return value;
      };
      Object.defineProperty(collection.prototype, method, { value: spy, configurable: true, writable: true });
      t.after(() =>
        Object.defineProperty(collection.prototype, method, { value: original, configurable: true, writable: true }),
      );
    }
  }
  assert.equal(sourceOf(secret), source);
  assert.ok(!seen.includes(source) && !inspect(seen, { depth: 9 }).includes(VALUE));
});

test('keyed hashes are those of RFC 2104, and old values verify for as long as they are accepted', async () => {
  const expected = createHmac('sha256', VALUE).update('data').digest();
  assert.deepEqual(Buffer.from(await secret.hmac('sha256', 'data')), expected);
  assert.deepEqual(Buffer.from(await secret.hmac('sha256', Buffer.from('data'))), expected);
  const old = createHmac('sha512', OLD).update('data').digest();
  assert.equal(await secret.verify('sha512', 'data', old), true);
  assert.equal(await secret.verify('sha512', 'data', old.subarray(1)), false);
  assert.equal(await secret.verify('sha512', 'dat', old), false);
  assert.equal(await secret.verify('sha256', 'data', old), false);
  await assert.rejects(secret.hmac('md5' as 'sha256', 'data'), /use sha256, sha384, sha512/);
});
