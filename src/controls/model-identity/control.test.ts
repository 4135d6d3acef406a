import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import { compileServer } from '../../server/catalog.ts';
import { prompt } from '../../server/prompt.ts';
import { resource } from '../../server/resource.ts';
import { server, type ServerOptions } from '../../server/server.ts';
import { tool } from '../../server/tool.ts';
import { configure } from './control.ts';
import { NO_FACTS } from '../../pipeline/start.ts';

function check(options: Partial<ServerOptions>): readonly string[] {
  const { declared } = compileServer(server({ name: 's', version: '1', ...options }), DEFAULT_LIMITS);
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

function checkInput(input: z.ZodType, untrusted: readonly string[] = []): readonly string[] {
  const notes = tool({
    name: 'notes',
    description: 'Gives notes.',
    input,
    output: z.strictObject({}),
    scope: 'notes:read',
    effect: 'read',
    untrusted,
    run: () => ({}),
  });
  return check({ tools: [notes] });
}

test('an argument that says who the caller is is refused', () => {
  assert.deepEqual(checkInput(z.strictObject({ userId: z.string().max(9) })), [
    'tool "notes", userId: identity, tenancy and roles come from the verified token, not from the model. ' +
      'Use the context\'s principal, or list "userId" under "untrusted" if it is plain data.',
  ]);
});

test('however it is written, wherever it stands, whatever its type', () => {
  for (const name of ['user_id', 'tenantId', 'ROLE', 'is-admin', 'currentUser', 'on_behalf_of', 'scopes']) {
    assert.equal(checkInput(z.strictObject({ [name]: z.string().max(9) })).length, 1, name);
  }
  assert.equal(checkInput(z.strictObject({ isAdmin: z.boolean() })).length, 1);
  assert.equal(checkInput(z.strictObject({ filter: z.strictObject({ tenant: z.int() }) })).length, 1);
  assert.equal(checkInput(z.strictObject({ all: z.array(z.strictObject({ uid: z.int() })).max(2) })).length, 1);
});

test('a mark of the author lets exactly that argument pass', () => {
  const input = z.strictObject({ role: z.string().max(9), filter: z.strictObject({ role: z.string().max(9) }) });
  assert.equal(checkInput(input, ['role']).length, 1);
  assert.deepEqual(checkInput(input, ['role', 'filter.role']), []);
});

test('prompts and templates are held to the same', () => {
  const input = z.strictObject({ tenant: z.string().max(9) });
  const asked = prompt({
    name: 'summary',
    description: 'Asks for a summary.',
    arguments: input,
    scope: 'notes:read',
    get: () => [],
  });
  const read = resource({
    name: 'note',
    uriTemplate: 'notes://{tenant}/all',
    params: input,
    scope: 'notes:read',
    authorize: () => true,
    read: () => ({ text: '' }),
  });
  assert.equal(check({ prompts: [asked] }).length, 1);
  assert.equal(check({ resources: [read] }).length, 1);
});

test('what a message is made of passes', () => {
  const mail = z.strictObject({ to: z.email().max(99), subject: z.string().max(99), body: z.string().max(99) });
  assert.deepEqual(checkInput(mail), []);
  assert.deepEqual(checkInput(z.strictObject({ role: z.enum(['user', 'assistant']) })), []);
});
