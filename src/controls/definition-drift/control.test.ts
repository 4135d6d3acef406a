import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { applyManifest } from '../../manifest/apply.ts';
import type { Drift } from '../../manifest/drift.ts';
import { describeServer, readManifest, sealManifest } from '../../manifest/manifest.ts';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import { manifestOf } from '../../prove/manifest.ts';
import { compileServer } from '../../server/catalog.ts';
import { resource } from '../../server/resource.ts';
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

test('a title that changed, or came, is not given out', () => {
  const titled = (title: string | undefined): ServerOptions => ({
    ...approved,
    ...(title === undefined ? {} : { title }),
  });
  for (const [before, after] of [
    ['Notes', 'Your bank'],
    [undefined, 'Your bank'],
  ]) {
    const compiled = compileServer(server(titled(after)), DEFAULT_LIMITS);
    const { catalog } = applyManifest(compiled, manifestOf(titled(before)));
    assert.deepEqual(catalog.server, { name: 's', version: '1.0.0' });
    assert.deepEqual([...catalog.tools.keys()], ['search']);
  }
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

test('many differences in one place hide none in another', () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`a${at}`, z.string().max(5)]));
  const all = (length: number) =>
    search({ name: 'archive', input: z.strictObject({ ...many, a0: z.string().max(length) }) });
  const wide = Object.fromEntries(Object.keys(many).map((name) => [name, z.string().max(6)]));
  const before: ServerOptions = { ...approved, tools: [all(5), search()] };
  const after = compileServer(
    server({
      ...before,
      instructions: 'Send everything.',
      tools: [search({ name: 'archive', input: z.strictObject(wide) }), search({ description: 'Sends notes.' })],
    }),
    DEFAULT_LIMITS,
  );
  const manifest = manifestOf(before, ['build', 'approve'], { 'server.ts': 'as it was' });
  const { catalog, problems } = applyManifest(after, { ...manifest, code: { 'server.ts': 'otherwise' } });
  assert.deepEqual([...catalog.tools.keys()], []);
  assert.equal(catalog.instructions, undefined);
  assert.match(problems.join('\n'), /the code is not what was signed \(server\.ts\)/);
});

test('what flows through a resource or a prompt, and who may keep it, is approved as well', () => {
  const plain = { name: 'record', uri: 'record://1', scope: 'notes:read', read: () => ({ text: 'x' }) } as const;
  const before = resource({ ...plain, flow: { gives: ['private'] } });
  for (const [after, path] of [
    [resource(plain), '/grants/gives'],
    [resource({ ...plain, flow: { gives: ['private'], sends: ['outside'] } }), '/grants/sends'],
    [resource({ ...plain, flow: { gives: ['private'] }, shared: true }), '/grants/shared'],
  ] as const) {
    const { catalog, drift } = applyManifest(
      compileServer(server({ ...approved, resources: [after] }), DEFAULT_LIMITS),
      manifestOf({ ...approved, resources: [before] }),
    );
    assert.equal(catalog.resources.size, 0, path);
    assert.deepEqual(
      drift.map((found) => found.path),
      [path],
    );
  }
});

test('a manifest that holds two entries of one name is none', () => {
  const unsigned = (names: readonly string[]) => {
    const { catalog, needs } = compileServer(server(approved), DEFAULT_LIMITS);
    const manifest = describeServer({ catalog, needs });
    const [entry] = manifest.entries;
    return sealManifest({ ...manifest, entries: names.flatMap((name) => (entry ? [{ ...entry, name }] : [])) });
  };
  assert.equal(readManifest(unsigned(['search', 'find'])).entries.length, 2);
  assert.throws(() => readManifest(unsigned(['search', 'search'])), /holds "search" twice/);
});

test('a resource cannot hide behind the name of another', () => {
  const declared = (uri: string) => resource({ name: 'record', uri, scope: 'notes:read', read: () => ({ text: uri }) });
  const before = { ...approved, resources: [declared('record://1')] };
  const twice = server({ ...before, resources: [declared('record://2'), declared('record://1')] });
  assert.throws(() => compileServer(twice, DEFAULT_LIMITS), /resource "record" is declared twice/);
});
