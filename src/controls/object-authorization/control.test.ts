import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { resource, tool } from '../../index.ts';
import type { Target } from '../../pipeline/catalog.ts';
import { testSettings } from '../../../test/support/settings.ts';
import { echo } from '../../prove/tools.ts';
import { configure, configureStart } from './control.ts';
import { NO_FACTS } from '../../pipeline/start.ts';

const params = z.strictObject({ id: z.string().max(20) });

function targets(authorize: () => unknown): { readonly tool: Target; readonly template: Target } {
  const hook = authorize as () => boolean;
  const settings = testSettings({
    server: {
      tools: [tool({ ...echo.options, authorize: hook })],
      resources: [
        resource({ name: 'n', uriTemplate: 'n://{id}', params, scope: 's', authorize: hook, read: () => undefined }),
      ],
    },
  });
  const found = settings.catalog.tools.get('echo');
  const [template] = settings.catalog.templates;
  assert.ok(found !== undefined && template !== undefined);
  return { tool: found, template };
}

const authorizeObject = configure(testSettings());

test('only true allows', async () => {
  assert.deepEqual(authorizeObject(targets(() => true).tool, {}, {}), { pass: true });
  for (const verdict of [false, undefined, null, 1, 'true', {}, []]) {
    assert.deepEqual(
      authorizeObject(targets(() => verdict).tool, {}, {}),
      { pass: false, code: 'OBJECT_FORBIDDEN', detail: 'refused by authorize' },
      typeof verdict,
    );
  }
  assert.deepEqual(await authorizeObject(targets(() => Promise.resolve(true)).tool, {}, {}), { pass: true });
  assert.deepEqual(await authorizeObject(targets(() => Promise.resolve('yes')).tool, {}, {}), {
    pass: false,
    code: 'OBJECT_FORBIDDEN',
    detail: 'refused by authorize',
  });
});

test('a hook that breaks throws, which denies', async () => {
  const broken = () => {
    throw new Error('no database');
  };
  assert.throws(() => authorizeObject(targets(broken).tool, {}, {}), /no database/);
  const rejected = () => Promise.reject(new Error('no database'));
  await assert.rejects(async () => authorizeObject(targets(rejected).tool, {}, {}), /no database/);
});

test('a resource that may not be seen is told like one that is not there', () => {
  assert.deepEqual(authorizeObject(targets(() => false).template, {}, {}), {
    pass: false,
    code: 'RESOURCE_UNKNOWN',
    detail: 'refused by authorize',
  });
});

const DECLARED = {
  kind: 'tool' as const,
  name: 'read',
  description: '',
  input: { type: 'object', properties: { note_id: { type: 'string', maxLength: 9 } }, additionalProperties: false },
  output: undefined,
  untrusted: [],
  hasAuthorize: false,
};
const FACTS = {
  ...NO_FACTS,
  profile: 'dev' as const,
  http: undefined,
  hasIssuer: true,
  devAuthorizationServer: false,
  hasRecorder: true,
  insecure: [],
};

test('a server does not start with an id and nothing that says whose it is', () => {
  const check = configureStart();
  const [problem, ...others] = check({ ...FACTS, declared: [DECLARED] });
  assert.equal(others.length, 0);
  assert.match(problem ?? '', /^tool "read", note_id: it names an object, and nothing says who may have it\./);
  assert.deepEqual(check({ ...FACTS, declared: [{ ...DECLARED, hasAuthorize: true }] }), []);
  assert.deepEqual(check({ ...FACTS, declared: [{ ...DECLARED, untrusted: ['note_id'] }] }), []);
});
