import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { createEnvelope, signEnvelope } from '../manifest/dsse.ts';
import { createSealer } from '../pipeline/seal.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import type { JsonObject } from '../protocol/json.ts';
import { createMemoryStore } from '../stores/memory.ts';
import { findApprovalProblems, readApproval, signApproval } from './approval.ts';
import { findReplayed } from './approval-order.ts';
import type { Lock, PinnedUpstream } from './lock.ts';
import { pinOffer } from './pin.ts';
import { approveItems, recordPin, revoke } from './registry.ts';

const installed = { source: 'server@1.0.0', integrity: 'code-1', program: '/bin/x', args: [], reads: [] };
const ann = { by: 'ann', at: '2026-01-01T10:00:00.000Z' };
const bob = { by: 'bob', at: '2026-01-02T10:00:00.000Z' };
const keyPair = () => generateKeyPairSync('ed25519');
const BOB = keyPair();
const both = (): boolean => true;

function look(): PinnedUpstream {
  const tool = { name: 'say', description: 'Says it.', inputSchema: { type: 'object', properties: {} } };
  const lists = { tools: [tool, { ...tool, name: 'tell' }], resources: [], resourceTemplates: [], prompts: [] };
  const offer = { server: { name: 'x' }, instructions: undefined, capabilities: ['tools'], ...lists };
  return pinOffer(installed, offer, undefined, new Set()).pinned;
}

function signed(pinned = approveItems(recordPin(look(), undefined, ann), both, bob).pinned): PinnedUpstream {
  return { ...pinned, approval: signApproval('x', pinned, 'launch-1', bob, BOB.privateKey) };
}

suite('order of approvals', () => {
  const sealer = createSealer([new Uint8Array(32).fill(1)]);
  const lockOf = (x: PinnedUpstream): Lock => ({ format: 'portcullis-lock-1', upstreams: { x } });

  test('a lock of before a revocation is refused, until what was revoked is approved anew', async () => {
    const store = createMemoryStore();
    const first = signed();
    const revoked = revoke(first, 'say', { ...bob, reason: 'wrong' }).pinned;
    const all = revoke(revoked, undefined, { ...bob, reason: 'wrong' }).pinned;
    assert.deepEqual(await findReplayed(lockOf(first), store, sealer), []);
    assert.deepEqual(await findReplayed(lockOf(revoked), store, sealer), []);
    const [told] = await findReplayed(lockOf(first), store, sealer);
    assert.match(told ?? '', /the tool "say" was revoked after its approval of 2026-01-02T10:00:00.000Z/);
    assert.deepEqual(await findReplayed(lockOf(revoked), store, sealer), []);
    // Also when nothing is left of it.
    assert.deepEqual(await findReplayed(lockOf(all), store, sealer), []);
    assert.match((await findReplayed(lockOf(revoked), store, sealer)).join(), /the tool "tell" was revoked/);
    const again = signed(approveItems(recordPin(look(), all, ann, true), both, bob).pinned);
    assert.deepEqual(await findReplayed(lockOf(again), store, sealer), []);
    assert.deepEqual(await findReplayed(lockOf(again), store, sealer), []);
  });

  test('an approval that nobody had to look at does not keep out those that come', async () => {
    const store = createMemoryStore();
    const good = signed();
    assert.ok(good.approval !== undefined);
    const statement = JSON.parse(Buffer.from(good.approval.payload, 'base64').toString()) as JsonObject;
    const text = canonicalJson({ ...statement, sequence: Number.MAX_SAFE_INTEGER });
    const approval = signEnvelope(createEnvelope(good.approval.payloadType, text), keyPair().privateKey);
    assert.notEqual(readApproval(approval), undefined);
    const nothing = { ...recordPin(look(), undefined, ann), approval };
    assert.deepEqual(findApprovalProblems('x', nothing, 'launch-1', []), []);
    assert.deepEqual(await findReplayed(lockOf(nothing), store, sealer), []);
    assert.deepEqual(await findReplayed(lockOf(good), store, sealer), []);
  });
});
