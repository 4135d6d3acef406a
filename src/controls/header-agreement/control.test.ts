import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { tool } from '../../index.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { exchangeOf, httpFacts, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const query = tool({
  name: 'query',
  description: 'Counts.',
  input: z.strictObject({
    region: z.string().max(20).meta({ 'x-mcp-header': 'Region' }).optional(),
    page: z.int().min(0).max(9_999).meta({ 'x-mcp-header': 'Page' }).optional(),
    deep: z.boolean().meta({ 'x-mcp-header': 'Deep' }).optional(),
  }),
  output: z.strictObject({ n: z.int() }),
  scope: 'text:read',
  effect: 'read',
  run: () => ({ n: 1 }),
});
const decide = configure(testSettings({ server: { tools: [query] } }));
const AGREEING = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'query' };

function judge(headers: Record<string, string>, args: JsonObject = {}, params: JsonObject = { name: 'query' }): string {
  const http = httpFacts({ headers });
  const exchange = exchangeOf('tools/call', { ...params, arguments: args }, { http });
  exchange.version = '2026-07-28';
  const decision = decide(exchange);
  assert.ok(!(decision instanceof Promise));
  return decision.pass ? 'pass' : `${decision.code}: ${decision.detail}`;
}

test('headers that agree pass, plain or in Base64', () => {
  assert.equal(judge(AGREEING), 'pass');
  assert.equal(judge({ ...AGREEING, 'mcp-name': '=?base64?cXVlcnk=?=' }), 'pass');
});

test('each header must be there and agree', () => {
  const table: readonly (readonly [Record<string, string>, string])[] = [
    [{ ...AGREEING, 'mcp-method': 'tools/list' }, 'Mcp-Method'],
    [{ ...AGREEING, 'mcp-method': 'TOOLS/CALL' }, 'Mcp-Method'],
    [{ ...AGREEING, 'mcp-protocol-version': '2025-11-25' }, 'MCP-Protocol-Version'],
    [{ ...AGREEING, 'mcp-name': 'other' }, 'Mcp-Name'],
    [{ ...AGREEING, 'mcp-name': ' query' }, 'Mcp-Name'],
    [{ ...AGREEING, 'mcp-name': '=?base64?cXVlcnk?=' }, 'Mcp-Name'],
    [{ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' }, 'Mcp-Name'],
    [{}, 'MCP-Protocol-Version'],
  ];
  for (const [headers, what] of table)
    assert.equal(judge(headers), `HEADER_MISMATCH: ${what} does not match the body`, JSON.stringify(headers));
});

test('a name that is neither in the body nor readable in the header is no agreement', () => {
  const broken = { ...AGREEING, 'mcp-name': '=?base64?!!!!?=' };
  assert.equal(judge(broken, {}, {}), 'HEADER_MISMATCH: Mcp-Name does not match the body');
});

test('parameters are compared as values of their type', () => {
  const table: readonly (readonly [Record<string, string>, JsonObject, string])[] = [
    [{ 'mcp-param-region': 'north' }, { region: 'north' }, 'pass'],
    [{ 'mcp-param-region': 'north' }, { region: 'south' }, 'mcp-param-region'],
    [{ 'mcp-param-region': 'north' }, {}, 'mcp-param-region'],
    [{}, { region: 'north' }, 'mcp-param-region'],
    [{ 'mcp-param-page': '7' }, { page: 7 }, 'pass'],
    [{ 'mcp-param-page': '7.0' }, { page: 7 }, 'pass'],
    [{ 'mcp-param-page': '0x7' }, { page: 7 }, 'mcp-param-page'],
    [{ 'mcp-param-page': '7' }, { page: '7' }, 'mcp-param-page'],
    [{ 'mcp-param-deep': 'true' }, { deep: true }, 'pass'],
    [{ 'mcp-param-deep': 'True' }, { deep: true }, 'mcp-param-deep'],
    [{ 'mcp-param-unknown': 'x' }, {}, 'pass'],
  ];
  for (const [headers, args, expected] of table) {
    const verdict = expected === 'pass' ? 'pass' : `HEADER_MISMATCH: ${expected} does not match the body`;
    assert.equal(judge({ ...AGREEING, ...headers }, args), verdict, JSON.stringify([headers, args]));
  }
});

test('a header that is sent twice is refused, whatever its case', () => {
  const rawHeaders = ['Mcp-Method', 'tools/call', 'X-Other', 'a', 'X-Other', 'b', 'MCP-METHOD', 'tools/call'];
  const http = { ...httpFacts({ headers: AGREEING }), rawHeaders };
  const exchange = exchangeOf('tools/call', { name: 'query', arguments: {} }, { http });
  exchange.version = '2026-07-28';
  assert.deepEqual(decide(exchange), {
    pass: false,
    code: 'HEADER_MISMATCH',
    detail: 'a header that is sent twice does not match the body',
  });
});

test('a pipe and the legacy era have no such headers', () => {
  assert.deepEqual(decide(exchangeOf('tools/call', { name: 'query' })), { pass: true });
  assert.deepEqual(decide(exchangeOf('tools/call', { name: 'query' }, { era: 'legacy', http: httpFacts() })), {
    pass: true,
  });
});
