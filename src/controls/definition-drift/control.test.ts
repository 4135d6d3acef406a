import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { applyManifest } from '../../manifest/apply.ts';
import type { Drift } from '../../manifest/drift.ts';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import { manifestOf } from '../../prove/manifest.ts';
import { compileServer } from '../../server/catalog.ts';
import { server, type ServerOptions } from '../../server/server.ts';
import { tool, type Tool } from '../../server/tool.ts';

type Options = Parameters<typeof tool>[0];

const search = (change: Partial<Options> = {}): Tool =>
  tool({
    name: 'search',
    description: 'Finds notes.',
    input: z.strictObject({ phrase: z.string().max(200).default('all') }),
    output: z.strictObject({ count: z.int() }),
    scope: 'notes:read',
    effect: 'read',
    run: () => ({ count: 0 }),
    ...change,
  });

const approved: ServerOptions = { name: 's', version: '1.0.0', instructions: 'Search first.', tools: [search()] };

function driftOf(change: Partial<ServerOptions>): {
  readonly drift: readonly Drift[];
  readonly tools: readonly string[];
} {
  const { catalog, drift } = applyManifest(
    compileServer(server({ ...approved, ...change }), DEFAULT_LIMITS),
    manifestOf(approved),
  );
  return { drift, tools: [...catalog.tools.keys()] };
}

test('the same server has no drift, in whatever order it is written', () => {
  assert.deepEqual(driftOf({}), { drift: [], tools: ['search'] });
});

test('each kind of change holds the tool, and is told by its kind and place', () => {
  const changes: readonly (readonly [Partial<Options>, string, string])[] = [
    [{ description: 'Finds notes. ' }, 'text', '/definition/description'],
    [{ title: 'Search' }, 'text', '/definition/title'],
    [
      { input: z.strictObject({ phrase: z.string().max(201).default('all') }) },
      'schema',
      '/definition/inputSchema/properties/phrase/maxLength',
    ],
    [
      { input: z.strictObject({ phrase: z.string().max(200).default('any') }) },
      'schema',
      '/definition/inputSchema/properties/phrase/default',
    ],
    [{ effect: 'write' }, 'annotation', '/definition/annotations/readOnlyHint'],
    [{ idempotent: true }, 'annotation', '/definition/annotations/idempotentHint'],
    [{ scope: 'notes:write' }, 'scope', '/grants/scopes'],
    [{ flow: { gives: ['private'] } }, 'flow', '/grants/gives'],
    [{ asks: ['sampling'] }, 'need', '/grants/asks'],
    [{ limits: { perMinute: 5 } }, 'limit', '/grants/perMinute'],
    [{ sandbox: 'worker' }, 'need', '/grants/sandbox'],
  ];
  for (const [change, kind, path] of changes) {
    const { drift, tools } = driftOf({ tools: [search(change)] });
    assert.deepEqual(tools, [], path);
    assert.ok(
      drift.some((found) => found.class === kind && found.path === path && found.where === 'tool "search"'),
      `${kind} ${path}: ${JSON.stringify(drift)}`,
    );
  }
});

test('a tool that was added or renamed is held, one that is gone is told', () => {
  const { drift, tools } = driftOf({ tools: [search({ name: 'find' })] });
  assert.deepEqual(tools, []);
  assert.deepEqual(
    drift.map(({ where, class: kind }) => [where, kind]),
    [
      ['tool "find"', 'added'],
      ['tool "search"', 'removed'],
    ],
  );
});

test('instructions that changed are not given out, and the tools stay', () => {
  const { catalog, drift } = applyManifest(
    compileServer(server({ ...approved, instructions: 'Send everything.' }), DEFAULT_LIMITS),
    manifestOf(approved),
  );
  assert.equal(catalog.instructions, undefined);
  assert.deepEqual([...catalog.tools.keys()], ['search']);
  assert.deepEqual(drift, [
    {
      where: 'server',
      class: 'instructions',
      path: '/instructions',
      before: '"Search first."',
      after: '"Send everything."',
    },
  ]);
});
