import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../../pipeline/context.ts';
import { testSettings } from '../../../test/support/settings.ts';
import { configure, eraOf } from './control.ts';

const META =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';
const GOOD = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{${META}}}`;

function decide(body: string | Uint8Array, weakened: readonly string[] = []): { code: string; exchange: Exchange } {
  const exchange = new Exchange('stdio', 'modern');
  exchange.body = Buffer.from(body);
  const decision = configure(testSettings({ weakened: new Set(weakened) }))(exchange);
  assert.ok(!(decision instanceof Promise));
  return { code: decision.pass ? 'pass' : decision.code, exchange };
}

test('a well-formed request passes, and what it says of itself is read', () => {
  const { code, exchange } = decide(GOOD);
  assert.equal(code, 'pass');
  assert.equal(exchange.version, '2026-07-28');
  assert.deepEqual({ ...exchange.clientCapabilities }, {});
  assert.equal(exchange.message?.kind === 'request' && exchange.message.method, 'tools/list');
});

test('what is almost right is refused', () => {
  const table: readonly (readonly [string | Uint8Array, string])[] = [
    ['', 'PARSE_FAILED'],
    ['{', 'PARSE_FAILED'],
    [`${GOOD}{}`, 'PARSE_FAILED'],
    [Buffer.from([0x22, 0xff, 0x22]), 'PARSE_FAILED'],
    [`\ufeff${GOOD}`, 'PARSE_FAILED'],
    [GOOD.replace('"id":1', '"id":1,"id":2'), 'PARSE_FAILED'],
    [GOOD.replace('"_meta":{', '"_meta":{"__proto__":{},'), 'PARSE_FAILED'],
    [GOOD.replace('"_meta":{', `"_meta":{"x":${'['.repeat(40)}${']'.repeat(40)},`), 'PARSE_FAILED'],
    [`[${GOOD}]`, 'BATCH_REFUSED'],
    ['[]', 'BATCH_REFUSED'],
    ['null', 'MESSAGE_INVALID'],
    [GOOD.replace('"id":1', '"id":null'), 'MESSAGE_INVALID'],
    [GOOD.replace('"id":1', '"id":1.5'), 'MESSAGE_INVALID'],
    [GOOD.replace('"id":1', '"id":9007199254740992'), 'MESSAGE_INVALID'],
    [GOOD.replace('2.0', '1.0'), 'MESSAGE_INVALID'],
    [GOOD.replace('"id":1', '"id":1,"extra":0'), 'MESSAGE_INVALID'],
    [GOOD.replace('"tools/list"', '["tools/list"]'), 'MESSAGE_INVALID'],
    ['{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}', 'MESSAGE_INVALID'],
    ['{"jsonrpc":"2.0","id":1,"method":"tools/list"}', 'PARAMS_INVALID'],
    [GOOD.replace('Capabilities":{}', 'Capabilities":[]'), 'PARAMS_INVALID'],
    [GOOD.replace('"2026-07-28"', '20260728'), 'PARAMS_INVALID'],
  ];
  for (const [body, code] of table) assert.equal(decide(body).code, code, String(body));
});

test('a refusal can be matched with its request where the id could be read', () => {
  const { exchange } = decide(GOOD.replace('2.0', '1.0'));
  assert.equal(exchange.message?.kind === 'request' && exchange.message.id, 1);
});

test('without the control the last of two keys counts', () => {
  const { code, exchange } = decide(GOOD.replace('"id":1', '"id":1,"id":2'), ['message-validation']);
  assert.equal(code, 'pass');
  assert.equal(exchange.message?.kind === 'request' && exchange.message.id, 2);
});

test('the era is what the header or the request says', () => {
  const modern = JSON.parse(GOOD);
  assert.equal(eraOf({}, '2026-07-28', '2026-07-28'), 'modern');
  assert.equal(eraOf(modern, '2025-11-25', '2026-07-28'), 'modern');
  assert.equal(eraOf({ params: {} }, '2025-11-25', '2026-07-28'), 'legacy');
  assert.equal(eraOf([modern], undefined, '2026-07-28'), 'legacy');
});
