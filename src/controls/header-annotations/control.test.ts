import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import { compileServer } from '../../server/catalog.ts';
import { server } from '../../server/server.ts';
import { tool } from '../../server/tool.ts';
import { configure } from './control.ts';
import { NO_FACTS } from '../../pipeline/start.ts';

function check(input: z.ZodType, icons: readonly { readonly src: string }[] = []): readonly string[] {
  const lookup = tool({
    name: 'lookup',
    description: 'Looks up.',
    input,
    output: z.strictObject({}),
    scope: 'regions:read',
    effect: 'read',
    icons,
    run: () => ({}),
  });
  const { declared } = compileServer(server({ name: 's', version: '1', tools: [lookup] }), DEFAULT_LIMITS);
  const facts = {
    ...NO_FACTS,
    profile: 'dev',
    http: undefined,
    hasIssuer: true,
    devAuthorizationServer: false,
    hasRecorder: true,
  } as const;
  return configure()({ ...facts, declared, insecure: [] });
}

const text = (header: unknown) => z.string().max(9).meta({ 'x-mcp-header': header });

test('a plain argument may be mirrored', () => {
  assert.deepEqual(check(z.strictObject({ region: text('Region'), shard: z.int().meta({ 'x-mcp-header': 'S' }) })), []);
  assert.deepEqual(check(z.strictObject({ route: z.strictObject({ region: text('Region') }) })), []);
});

test('a secret or personal data may not, by the name of either side', () => {
  assert.deepEqual(check(z.strictObject({ apiKey: text('Shard') })), [
    'tool "lookup", apiKey: "apiKey" looks like a secret or personal data, which headers would spread to logs. ' +
      'Remove x-mcp-header from it.',
  ]);
  assert.equal(check(z.strictObject({ shard: text('Session-Token') })).length, 1);
  assert.equal(check(z.strictObject({ credentials: z.strictObject({ region: text('Region') }) })).length, 1);
});

test('a header name that would end the header is refused', () => {
  for (const header of ['', 'A B', 'A\r\nX: y', 'A:', 'x'.repeat(101), 7, null]) {
    assert.equal(check(z.strictObject({ region: text(header) })).length, 1, JSON.stringify(header));
  }
});

test('two arguments may not have one header, whatever its case', () => {
  assert.equal(check(z.strictObject({ a: text('Region'), b: text('rEGION') })).length, 1);
});

test('an annotation that clients do not see, or on another type, is refused', () => {
  assert.equal(check(z.strictObject({ list: z.array(text('Region')).max(2) })).length, 1);
  assert.equal(check(z.strictObject({ part: z.number().meta({ 'x-mcp-header': 'Part' }) })).length, 1);
  assert.equal(check(z.strictObject({ part: z.null().meta({ 'x-mcp-header': 'Part' }) })).length, 1);
});

test('an unsafe icon stops the server, whatever is switched off', () => {
  for (const src of [
    'http://example.com/a.png',
    'javascript:alert(1)',
    'https://u:p@example.com/a.png',
    'data:image/svg+xml;base64,AAAA',
  ]) {
    assert.throws(() => check(z.strictObject({}), [{ src }]), TypeError, src);
  }
});
