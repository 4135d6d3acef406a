import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asCycloneDx, takeInventory } from './inventory.ts';
import type { Lock } from './lock.ts';

const approved = { by: 'bob', at: '2026-01-02T03:04:05.000Z' };
const say = {
  definition: { name: 'say' },
  digest: 'd-1',
  findings: ['medium cross-tool at /description: x'],
  approved,
};
const lock: Lock = {
  format: 'portcullis-lock-1',
  upstreams: {
    notes: {
      source: '@a/notes@1.2.3',
      integrity: 'i-1',
      server: { name: 'N' },
      instructions: undefined,
      tools: { say },
    },
    gone: { source: '/bin/gone', integrity: 'i-2', server: {}, instructions: undefined, tools: {} },
  },
};
const upstreams = {
  notes: {
    package: '@a/notes@1.2.3',
    env: { MODE: 'not for the inventory' },
    secrets: { TOKEN: 'notes-token' },
    needs: { network: 'unguarded' as const },
    about: { owner: 'ann', purpose: 'Notes.', review: '2026-06-30' },
    tools: { say: { effect: 'write' as const } },
  },
  fresh: { command: '/bin/fresh' },
};
const day = (text: string): number => Date.parse(text);

test('everything that is configured or pinned is in the inventory, and no value of a variable', () => {
  const taken = takeInventory(lock, upstreams, day('2026-06-30T12:00:00Z'));
  assert.deepEqual(
    taken.map(({ id, source, revoked, overdue }) => [id, source, revoked, overdue]),
    [
      ['fresh', undefined, false, false],
      ['gone', '/bin/gone', false, false],
      ['notes', '@a/notes@1.2.3', false, false],
    ],
  );
  assert.deepEqual(taken[2]?.credentials, [{ kind: 'environment', secret: 'notes-token' }]);
  assert.deepEqual(taken[2]?.items, [
    {
      kind: 'tool',
      name: 'say',
      digest: 'd-1',
      state: 'approved',
      effect: 'write',
      scope: 'notes:write',
      approver: 'bob',
      approvedAt: '2026-01-02T03:04:05.000Z',
      findings: ['medium cross-tool at /description: x'],
    },
  ]);
  assert.equal(JSON.stringify(taken).includes('not for the inventory'), false);
  assert.equal(takeInventory(lock, upstreams, day('2026-07-01T00:00:00Z'))[2]?.overdue, true);
});

test('as CycloneDX each thing that is run is a component, and each upstream a service with its tools', () => {
  const bom = JSON.parse(JSON.stringify(asCycloneDx(takeInventory(lock, upstreams), '1.0.0'))) as {
    readonly serialNumber: string;
    readonly components: readonly object[];
    readonly services: readonly { readonly name: string; readonly services: readonly { readonly name: string }[] }[];
    readonly dependencies: readonly object[];
  };
  assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.deepEqual(bom.components, [
    {
      type: 'application',
      'bom-ref': 'source:gone',
      name: '/bin/gone',
      properties: [{ name: 'portcullis:integrity', value: 'i-2' }],
    },
    {
      type: 'application',
      'bom-ref': 'source:notes',
      name: '@a/notes',
      version: '1.2.3',
      purl: 'pkg:npm/%40a/notes@1.2.3',
      properties: [{ name: 'portcullis:integrity', value: 'i-1' }],
    },
  ]);
  assert.deepEqual(
    bom.services.map(({ name, services }) => [name, services.map((tool) => tool.name)]),
    [
      ['fresh', []],
      ['gone', []],
      ['notes', ['say']],
    ],
  );
  assert.deepEqual(bom.dependencies, [
    { ref: 'upstream:fresh', dependsOn: [] },
    { ref: 'upstream:gone', dependsOn: ['source:gone'] },
    { ref: 'upstream:notes', dependsOn: ['source:notes'] },
  ]);
});
