import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { EMPTY_LOCK, readLock, standingOf, writeLock, type Lock } from './lock.ts';
import { pinOffer, proposeEffect } from './pin.ts';

const installed = { source: 'server@1.0.0', integrity: 'code-1', program: '/bin/x', args: [], reads: [] };
const tool = (name: string, description = 'Says it.'): { name: string; description: string; inputSchema: object } => ({
  name,
  description,
  inputSchema: { type: 'object', properties: {} },
});
const offer = (...tools: object[]) => ({
  server: { name: 'x' },
  instructions: undefined,
  capabilities: ['tools'],
  tools: tools.map((each) => ({ ...each })),
  resources: [],
  resourceTemplates: [],
  prompts: [],
});

async function place(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-lock-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'portcullis.lock');
}

/** A lock with `say`, approved. */
function approved(): Lock {
  const { pinned } = pinOffer(installed, offer(tool('say')), undefined, new Set());
  const [say] = Object.values(pinned.tools);
  assert.ok(say !== undefined);
  const at = '2026-01-02T03:04:05.000Z';
  return { ...EMPTY_LOCK, upstreams: { x: { ...pinned, tools: { say: { ...say, approved: { by: 'ann', at } } } } } };
}

suite('lock and pin', () => {
  test('what is written is read again, alone in its folder; no file pins nothing', async (t) => {
    const path = await place(t);
    assert.deepEqual(await readLock(path), { format: 'portcullis-lock-1', upstreams: {} });
    const lock = approved();
    await writeLock(path, lock);
    assert.deepEqual(await readLock(path), JSON.parse(JSON.stringify(lock)));
    assert.deepEqual(await readdir(join(path, '..')), ['portcullis.lock']);
  });

  test('what somebody else has written meanwhile is not undone', async (t) => {
    const path = await place(t);
    const lock = approved();
    await writeLock(path, lock, EMPTY_LOCK);
    await assert.rejects(writeLock(path, EMPTY_LOCK, EMPTY_LOCK), /written by somebody else meanwhile/);
    const read = await readLock(path);
    assert.deepEqual(read, JSON.parse(JSON.stringify(lock)));
    await writeLock(path, EMPTY_LOCK, read);
    assert.deepEqual(await readLock(path), EMPTY_LOCK);
  });

  for (const [what, alter] of [
    ['a word of a description', (text: string) => text.replace('Says it.', 'Says it!')],
    ['a digest', (text: string) => text.replace(/"digest": "./, '"digest": "!')],
    ['its format', (text: string) => text.replace('lock-1', 'lock-2')],
    ['the shape of an approval', (text: string) => text.replace(/"approved": \{[^}]*\}/, '"approved": true')],
    ['its end', (text: string) => text.slice(0, -20)],
    ['everything', () => '[]'],
  ] as const) {
    test(`a lock of which somebody altered ${what} is refused`, async (t) => {
      const path = await place(t);
      await writeLock(path, approved());
      const text = await readFile(path, 'utf8');
      assert.notEqual(alter(text), text);
      await writeFile(path, alter(text));
      await assert.rejects(readLock(path), TypeError);
    });
  }

  test('how a tool that is offered stands to its pin', () => {
    const { x } = approved().upstreams;
    assert.ok(x !== undefined);
    const standing = (...tools: object[]): unknown => Object.fromEntries(standingOf(x, offer(...tools)));
    assert.deepEqual(standing(tool('say')), { say: 'approved' });
    assert.deepEqual(standing({ ...tool('say'), _meta: { n: 1 } }), { say: 'approved' });
    assert.deepEqual(standing(tool('say', 'Says more.')), { say: 'changed' });
    assert.deepEqual(standing(tool('tell')), { say: 'gone', tell: 'waiting' });
  });

  test('an approval stays with the same bytes of the same code, and with nothing else', () => {
    const before = approved().upstreams['x'];
    const by = (code: string, text?: string): unknown =>
      pinOffer({ ...installed, integrity: code }, offer(tool('say', text)), before, new Set()).pinned.tools['say']
        ?.approved?.by;
    assert.equal(by('code-1'), 'ann');
    assert.equal(by('code-2'), undefined);
    assert.equal(by('code-1', 'Says more.'), undefined);
  });

  test('tools that are named as parts of a prototype are pinned as any other', () => {
    const names = ['constructor', '__proto__', 'toString'];
    const { pinned, seen } = pinOffer(installed, offer(...names.map((name) => tool(name))), undefined, new Set());
    assert.deepEqual(Object.keys(pinned.tools), names);
    assert.deepEqual(new Set(seen.map(({ standing }) => standing)), new Set(['new']));
  });

  for (const [name, annotations, effect] of [
    ['read_file', {}, 'read'],
    ['API-get-user', {}, 'read'],
    ['get_user', { readOnlyHint: false }, 'write'],
    ['save', { readOnlyHint: true }, 'write'],
    ['deleteAll', { readOnlyHint: true }, 'destructive'],
    ['save', { destructiveHint: true }, 'destructive'],
    ['get_and_delete', { destructiveHint: false }, 'destructive'],
  ] as const) {
    test(`${name} with ${JSON.stringify(annotations)} begins as ${effect}`, () => {
      assert.equal(proposeEffect({ name, annotations }), effect);
    });
  }
});
