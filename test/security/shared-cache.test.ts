import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { resource, server } from '../../src/index.ts';
import { DEFAULT_LIMITS } from '../../src/pipeline/limits.ts';
import { compileServer } from '../../src/server/catalog.ts';

test('what not everyone may have is never marked as fit for a shared cache', () => {
  const note = (shared: boolean) =>
    resource({
      name: 'note',
      uriTemplate: 'notes://note/{id}',
      params: z.strictObject({ id: z.uuid() }),
      scope: 'notes:read',
      shared,
      authorize: () => true,
      read: () => ({ text: 'mine' }),
    });
  const compile = (shared: boolean) =>
    compileServer(server({ name: 'cache', version: '1.0.0', resources: [note(shared)] }), DEFAULT_LIMITS);
  assert.throws(() => compile(true), /^TypeError: resource "note": "shared" lets caches hand it to anyone/);
  assert.equal(compile(false).catalog.templates[0]?.shared, false);
});
