import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import { compileServer } from '../../server/catalog.ts';
import { server } from '../../server/server.ts';
import { tool } from '../../server/tool.ts';
import { configure } from './control.ts';
import { NO_FACTS } from '../../pipeline/start.ts';

function check(field: z.ZodType, options: { readonly name?: string; readonly untrusted?: readonly string[] } = {}) {
  const { name = 'command', untrusted = [] } = options;
  const declaration = tool({
    name: 'report',
    description: 'Gives a report.',
    input: z.strictObject({ [name]: field }),
    output: z.strictObject({}),
    scope: 'reports:read',
    effect: 'read',
    untrusted,
    run: () => ({}),
  });
  const { declared } = compileServer(server({ name: 's', version: '1', tools: [declaration] }), DEFAULT_LIMITS);
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

test('a free command is refused with its place and the way to mend it', () => {
  assert.deepEqual(check(z.string().max(200)), [
    'tool "report", command: runs whatever command the model writes. Offer the commands as an enum, with exec(program) and separate arguments.',
  ]);
});

test('each kind of free parameter is refused, however it is written', () => {
  for (const name of ['cmd', 'shell', 'sql', 'rawQuery', 'script', 'python_code', 'targetUrl', 'file_path', 'BASH']) {
    assert.equal(check(z.string().max(200), { name }).length, 1, name);
  }
});

test('an address is not limited by being an address', () => {
  assert.equal(check(z.url().max(200), { name: 'url' }).length, 1);
});

test('a parameter inside of a list or an object is found', () => {
  assert.equal(check(z.array(z.strictObject({ command: z.string().max(9) })).max(2), { name: 'steps' }).length, 1);
  assert.equal(check(z.array(z.string().max(9)).max(2), { name: 'commands' }).length, 1);
  assert.equal(check(z.union([z.int(), z.string().max(9)])).length, 1);
});

test('an enum, a pattern or a mark of the author lets a parameter pass', () => {
  assert.deepEqual(check(z.enum(['uptime', 'load'])), []);
  assert.deepEqual(check(z.string().regex(/^[a-z]{1,9}$/)), []);
  assert.deepEqual(check(z.string().max(200), { untrusted: ['command'] }), []);
});

test('a mark of another parameter does not', () => {
  assert.equal(check(z.string().max(200), { untrusted: ['cmd', 'command.x', 'Command'] }).length, 1);
});

test('plain text passes', () => {
  for (const name of ['text', 'phrase', 'comment', 'title']) assert.deepEqual(check(z.string().max(9), { name }), []);
});

test('alternatives are as free as the freest of them', () => {
  assert.equal(check(z.union([z.enum(['uptime']), z.string().max(200)])).length, 1);
  assert.equal(check(z.union([z.enum(['uptime']), z.array(z.string().max(9)).max(2)])).length, 1);
  assert.deepEqual(check(z.union([z.enum(['uptime']), z.string().regex(/^job-\d{1,4}$/)])), []);
  assert.deepEqual(check(z.enum(['uptime']).nullable()), []);
  assert.deepEqual(
    check(
      z
        .string()
        .regex(/^[a-z-]{1,9}$/)
        .regex(/^job-/),
    ),
    [],
  );
});

test('a pattern that lets everything through limits nothing', () => {
  assert.equal(check(z.string().max(200).regex(/^.*$/)).length, 1);
  assert.equal(
    check(
      z
        .string()
        .max(200)
        .regex(/^https:/),
      { name: 'url' },
    ).length,
    1,
  );
  assert.equal(
    check(
      z
        .string()
        .max(200)
        .regex(/^[\w.][\w./]*$/),
      { name: 'path' },
    ).length,
    1,
  );
  assert.deepEqual(
    check(
      z
        .string()
        .max(200)
        .regex(/^https:\/\/api\.example\.com\//),
      { name: 'url' },
    ),
    [],
  );
});
