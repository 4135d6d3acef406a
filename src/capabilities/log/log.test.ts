import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createRuntime } from '../../../test/support/runtime.ts';
import type { CapabilityRuntime } from '../capability.ts';
import { type Log, log } from './log.ts';

const lines: string[] = [];
const runtime: CapabilityRuntime = createRuntime({
  log: (message, level, fields) => void lines.push(JSON.stringify({ level, message, ...fields })),
});

async function open<Field extends string>(fields: readonly Field[]): Promise<Log<Field>> {
  lines.length = 0;
  const handle = await log(fields).open(runtime);
  return handle.grant({
    principal: {
      id: 'ann',
      issuer: 'i',
      subject: 's',
      client: 'c',
      scopes: new Set(),
      expiresAt: 1,
      credential: 'secret',
    },
    signal: new AbortController().signal,
    request: 'req',
    defer: () => undefined,
  });
}

suite('log', () => {
  test('a line has its level, message, call and declared fields', async () => {
    const out = await open(['count', 'note']);
    out.info('searched', { count: 3, note: 'x' });
    out.error('failed');
    assert.deepEqual(lines, [
      '{"level":"info","message":"searched","request":"req","principal":"ann","count":3,"note":"x"}',
      '{"level":"error","message":"failed","request":"req","principal":"ann"}',
    ]);
  });

  test('what is not declared is dropped, whatever it is', async () => {
    const out = await open(['count', 'any']);
    const fields: Record<string, unknown> = {
      password: 's3cret',
      count: { deep: 's3cret' },
      any: ['s3cret'],
      request: 'forged',
      toString: 's3cret',
    };
    out.warning('x', fields);
    // The type knows no other field.
    const closed: 'other' extends keyof NonNullable<Parameters<typeof out.debug>[1]> ? false : true = true;
    assert.ok(closed);
    const extra: Record<string, number> = { other: 1 };
    out.debug('y', extra);
    assert.deepEqual(lines, [
      '{"level":"warning","message":"x","request":"req","principal":"ann"}',
      '{"level":"debug","message":"y","request":"req","principal":"ann"}',
    ]);
    assert.equal(JSON.stringify(out).includes('s3cret'), false);
  });

  test('text cannot forge lines or hide', async () => {
    const out = await open(['note', 'n', 'ok', 'none']);
    out.info('a\nb\u001b[2Jc\u202ed\ud800', { note: 'x\r\n{"level":"error"}', n: Number.NaN, ok: true, none: null });
    out.info('m'.repeat(600), { note: 'n'.repeat(300) });
    assert.deepEqual(JSON.parse(lines[0] ?? ''), {
      level: 'info',
      message: 'a bcd\ufffd',
      request: 'req',
      principal: 'ann',
      note: 'x {"level":"error"}',
      n: 'NaN',
      ok: true,
      none: null,
    });
    const long = JSON.parse(lines[1] ?? '') as { readonly message: string; readonly note: string };
    assert.equal(long.message, `${'m'.repeat(500)}...`);
    assert.equal(long.note, `${'n'.repeat(200)}...`);
    for (const line of lines) assert.equal(line.includes('\n'), false);
  });

  test('declarations are checked', () => {
    for (const field of ['level', 'request', '', 'a b', '__proto__', '1a', 'x'.repeat(65)])
      assert.throws(() => log([field]), TypeError, field);
    assert.throws(() => log(Array.from({ length: 33 }, (_, i) => `f${i}`)), TypeError);
    assert.deepEqual(log(['a', 'a']).declares, { fields: ['a'] });
  });
});
