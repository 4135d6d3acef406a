import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonObject } from '../protocol/json.ts';
import { createGateway } from './definition.ts';
import type { Lock, PinnedUpstream } from './lock.ts';
import type { UpstreamOptions } from './options.ts';
import { pinOffer } from './pin.ts';
import { approveItems, recordPin, revoke } from './registry.ts';

const installed = { source: '/bin/notes', integrity: 'code-1', program: '/bin/notes', args: [], reads: [] };
const ann = { by: 'ann', at: '2026-01-01T10:00:00.000Z' };
const RESOURCES = ['x://notes/all', 'x://notes/a%20b', 'x://notes/gone', 'x://notes/free', 'x://notes/waits'];
const FAMILIES = ['x://notes/{id}', 'x://secret/{id}', 'x://{+path}'];
const own: UpstreamOptions = {
  resources: {
    'x://notes/all': { scope: 'all' },
    'x://notes/a%20b': { scope: 'all' },
    'x://notes/waits': {},
    'x://notes/{id}': {},
    'x://{+path}': {},
  },
};

/** An upstream of notes, of which one resource and one family were revoked and another is not approved yet. */
function pinned(): PinnedUpstream {
  const offer = {
    server: { name: 'notes' },
    instructions: undefined,
    capabilities: ['resources'],
    tools: [],
    prompts: [],
    resources: RESOURCES.map((uri) => ({ uri, name: uri })),
    resourceTemplates: FAMILIES.map((uriTemplate) => ({ uriTemplate, name: uriTemplate })),
  };
  const seen = recordPin(pinOffer(installed, offer, undefined, new Set()).pinned, undefined, ann);
  const approved = approveItems(seen, (_kind, name) => name !== 'x://notes/waits', ann).pinned;
  return revoke(revoke(approved, 'x://notes/gone', ann).pinned, 'x://secret/{id}', ann).pinned;
}

/** What comes of a read through a template, with an upstream that gives this. */
async function readThrough(
  template: string,
  values: Readonly<Record<string, string>>,
  give: (uri: string) => readonly JsonObject[] = (uri) => [{ uri, text: 'read' }],
): Promise<unknown> {
  const lock: Lock = { format: 'portcullis-lock-1', upstreams: { notes: pinned() } };
  const { definition } = createGateway('gateway', lock, { notes: { options: own, installed } });
  const found = definition.options.resources?.find(
    ({ options }) => 'uriTemplate' in options && options.uriTemplate === template,
  );
  assert.ok(found !== undefined && 'uriTemplate' in found.options);
  const upstream = {
    request: (_method: string, { uri }: JsonObject) => Promise.resolve({ contents: give(String(uri)) }),
  };
  return await found.options.read(values, { upstream } as never);
}

suite('resources of an upstream', () => {
  for (const id of ['all', 'a b', 'gone', 'waits'])
    test(`a family does not lead to what has an entry of its own, or was revoked: ${id}`, async () => {
      assert.equal(await readThrough('x://notes/{id}', { id }), undefined);
      assert.equal(await readThrough('x://{+path}', { path: `notes/${id}` }), undefined);
    });

  test('a wider family does not lead to one that was revoked', async () => {
    assert.equal(await readThrough('x://{+path}', { path: 'secret/1' }), undefined);
  });

  test('a family leads to all else', async () => {
    const given = [{ uri: 'x://notes/free', text: 'read' }];
    assert.deepEqual(await readThrough('x://notes/{id}', { id: 'free' }), given);
    assert.deepEqual(await readThrough('x://{+path}', { path: 'notes/free' }), given);
  });

  test('what is given for one resource does not pass for another', async () => {
    const said = ['x://notes/1/part', 'x://other', 'file:///etc/passwd', 'x://notes/1/../all', 'x://notes/12', 7];
    const contents = await readThrough('x://notes/{id}', { id: '1' }, () =>
      said.map((uri) => ({ uri, text: '' }) as never),
    );
    assert.deepEqual(
      (contents as readonly JsonObject[]).map(({ uri }) => uri),
      ['x://notes/1/part', ...said.slice(1).map(() => 'x://notes/1')],
    );
  });
});
