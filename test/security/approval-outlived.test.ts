import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { suite, test, type TestContext } from 'node:test';
import * as z from 'zod';
import { createGrantBook } from '../../src/approvals/grants.ts';
import { tool, type Tool } from '../../src/index.ts';
import { isObject } from '../../src/protocol/json.ts';
import {
  addressIn,
  answered,
  callTool,
  doneIn,
  startApprovalWorld,
  stateOf,
  submit,
  URL_CLIENT,
  type ApprovalWorld,
  type WorldOptions,
} from '../support/approval-world.ts';

suite('a yes that comes after what let the call in has ended', () => {
  test('a grant that was revoked meanwhile', async (t) => {
    const { world, ran } = await start(t, 'doors:open');
    const { store, sealer } = world.host.settings;
    const grants = createGrantBook(store, sealer);
    const payload: unknown = JSON.parse(
      Buffer.from((await world.token('alice')).split('.')[1] ?? '', 'base64url').toString(),
    );
    const issuer = isObject(payload) ? String(payload['iss']) : '';
    const scoped = await world.connect('alice', URL_CLIENT);
    await callTool(scoped, 'close', {});
    const id = world.events.find(({ principal }) => principal !== undefined)?.principal ?? '';
    const { id: grant } = await grants.request({
      party: { id, issuer, subject: 'alice' },
      scopes: ['doors:open'],
      forMs: 60_000,
      reason: 'stuck',
      ticket: 'OPS-7',
      requestedBy: 'op',
    });
    const held = await grants.find(grant);
    assert.ok(held !== undefined);
    await grants.decide(held, 'active', { id: 'carol', subject: 'carol', at: Date.now(), reason: '' });
    const reply = await approvedAfter(world, async () => {
      assert.ok((await grants.revoke(grant)) !== undefined);
    });
    assert.match(reply, /SCOPE_INSUFFICIENT|40302/);
    assert.deepEqual(ran, []);
  });

  test('a policy that speaks of the time', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'portcullis-policy-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const end = new Date(Date.now() + 4_000).toISOString();
    await writeFile(
      join(directory, 'hours.cedar'),
      `forbid (principal, action, resource) when { context.now >= datetime("${end}") };`,
    );
    const deployment = { policy: { directory, default: 'scopes' } } as const;
    const { world, ran } = await start(t, 'accounts:change', { deployment });
    const reply = await approvedAfter(world, () => pause(Math.max(0, Date.parse(end) - Date.now() + 50)));
    assert.match(reply, /FORBIDDEN|40301/);
    assert.deepEqual(ran, []);
  });

  test('nothing has ended: it is done', async (t) => {
    const { world, ran } = await start(t, 'accounts:change');
    assert.match(await approvedAfter(world, () => pause(10)), /"done":"open"/);
    assert.deepEqual(ran, ['open']);
  });
});

async function start(t: TestContext, scope: string, options: WorldOptions = {}) {
  const ran: string[] = [];
  const make = (name: string, needs: string): Tool =>
    tool({
      name,
      description: 'Changes a door.',
      input: z.strictObject({}),
      output: z.strictObject({ done: z.string() }),
      scope: needs,
      effect: 'critical',
      run: () => {
        ran.push(name);
        return { done: name };
      },
    });
  const tools = [make('open', scope), make('close', 'accounts:change')];
  const approvals = { approvers: ['carol'] };
  return { world: await startApprovalWorld(t, { approvals, server: { tools }, ...options }), ran };
}

/** Has a call wait for its page, does something, and has it approved; gives the answer of the call. */
async function approvedAfter(world: ApprovalWorld, meanwhile: () => Promise<void>): Promise<string> {
  const alice = await world.connect('alice', URL_CLIENT);
  const first = await callTool(alice, 'open', {});
  const carol = await world.signIn('carol', addressIn(first));
  const opened = answered(stateOf(first), { 'portcullis/approval': { action: 'accept' } });
  const waiting = callTool(alice, 'open', {}, opened);
  // Long enough to be at work; were it not, it would be refused all the same.
  await pause(200);
  await meanwhile();
  assert.match((await submit(carol.browser, carol.shown, { decision: 'approve' })).body, /Approved/);
  const reply = await waiting;
  return doneIn(reply) === undefined ? reply.text : JSON.stringify({ done: doneIn(reply) });
}
