import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test, type TestContext } from 'node:test';
import * as z from 'zod';
import { textOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import { resource, tool } from '../../src/index.ts';
import { WAYS } from '../../src/prove/prove.ts';
import { closeSharedIssuer, startTarget, type Way } from '../../src/prove/target.ts';
import { server } from '../../src/server/server.ts';
import { serveStream } from '../../src/server/host.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import { PassThrough } from 'node:stream';
import { fateOf } from '../support/flow-target.ts';

after(closeSharedIssuer);

const REFUND = 'action == Action::"tool:refund"';
const LARGE = `@scope("refunds:large") forbid (principal, ${REFUND}, resource) when { context.args.amount > 500 };`;

async function folder(t: TestContext, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-policy-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'refunds.cedar'), text);
  return directory;
}

function declared(ran: number[]) {
  return {
    name: 'desk',
    version: '1.0.0',
    tools: [
      tool({
        name: 'refund',
        description: 'Refunds an amount.',
        input: z.strictObject({ amount: z.int().min(1).max(10_000) }),
        output: z.strictObject({ refunded: z.int() }),
        scope: 'refunds:write',
        effect: 'write' as const,
        run: ({ amount }: { readonly amount: number }) => {
          ran.push(amount);
          return { refunded: amount };
        },
      }),
    ],
    resources: [
      resource({ name: 'ledger', uri: 'ledger://all', scope: 'refunds:write', read: () => ({ text: 'everything' }) }),
    ],
  };
}

async function start(
  t: TestContext,
  text: string,
  way: Way = { transport: 'http', era: 'modern' },
  fallback: 'scopes' | 'deny' = 'scopes',
) {
  const ran: number[] = [];
  const policy = { directory: await folder(t, text), default: fallback };
  const running = await startTarget({ server: declared(ran), deployment: { policy } }, [], way);
  t.after(running.stop);
  assert.equal(running.target.refusedToStart, undefined);
  return { ...running, ran, connection: await running.target.connect() };
}

const refund = (connection: Connection, amount: number): Promise<Reply> =>
  connection.request('tools/call', { name: 'refund', arguments: { amount } });

suite('a policy holds on every way', () => {
  for (const way of WAYS) {
    test(`${way.transport} ${way.era}`, async (t) => {
      const text = `forbid (principal, ${REFUND}, resource) when { context.args.amount > 500 }; forbid (principal, action, resource == Resource::"ledger");`;
      const { connection, ran } = await start(t, text, way);
      assert.equal(fateOf(await refund(connection, 500)), 'done');
      assert.match((await refund(connection, 501)).text, /This operation is not allowed/);
      assert.match(
        (await connection.request('resources/read', { uri: 'ledger://all' })).text,
        /This operation is not allowed/,
      );
      assert.deepEqual(ran, [500]);
    });
  }
});

test('a step-up by argument: the challenge names every scope, and the larger token passes', async (t) => {
  const { target, connection, ran } = await start(t, LARGE);
  const refused = await refund(connection, 501);
  assert.equal(refused.status, 403);
  assert.match(
    refused.headers['www-authenticate'] ?? '',
    /error="insufficient_scope".*scope="refunds:write refunds:large"/,
  );
  assert.equal(fateOf(await refund(connection, 500)), 'done');
  const token = await target.mint?.({ sub: 'alice', scope: 'refunds:write refunds:large' });
  const larger = await target.connect({ token: token ?? null });
  assert.equal(fateOf(await refund(larger, 501)), 'done');
  assert.deepEqual(ran, [500, 501]);
});

test('an approval that a policy asks for is asked for, and the call does not run before it', async (t) => {
  const { connection, ran } = await start(
    t,
    `@approval("person") forbid (principal, ${REFUND}, resource) when { context.args.amount > 500 };`,
  );
  assert.equal(fateOf(await refund(connection, 501)), 'asked');
  assert.equal(fateOf(await refund(connection, 500)), 'done');
  assert.deepEqual(ran, [500]);
});

test('an error in a forbid denies, with and without other policies', async (t) => {
  const fails = `forbid (principal, ${REFUND}, resource) when { context.args.amount * 9223372036854775807 > 0 };`;
  for (const text of [fails, `permit (principal, action, resource); ${fails}`]) {
    const { connection, ran } = await start(t, text);
    assert.match((await refund(connection, 2)).text, /This operation is not allowed/);
    assert.deepEqual(ran, []);
  }
});

test('with deny as the default a resource that nobody permits is not read, nor watched', async (t) => {
  const { connection } = await start(t, `permit (principal, ${REFUND}, resource);`, undefined, 'deny');
  assert.equal(fateOf(await refund(connection, 1)), 'done');
  assert.match(
    (await connection.request('resources/read', { uri: 'ledger://all' })).text,
    /This operation is not allowed/,
  );
});

test('policies that cannot be used do not start', async (t) => {
  for (const [text, says] of [
    ['permit (principal, action, resource) when { context.args.amount > };', /refunds\.cedar:1:\d+/],
    [`forbid (principal, ${REFUND}, resource) when { context.args.sum > 1 };`, /refunds\.cedar:1:\d+: .*sum/],
  ] as const) {
    const policy = { directory: await folder(t, text), default: 'scopes' as const };
    const { target, stop } = await startTarget({ server: declared([]), deployment: { policy } }, [], {
      transport: 'http',
      era: 'modern',
    });
    t.after(stop);
    assert.match(target.refusedToStart ?? '', says);
  }
  const policy = { directory: join(tmpdir(), 'there-is-no-such-folder'), default: 'scopes' as const };
  const { target, stop } = await startTarget({ server: declared([]), deployment: { policy } }, [], {
    transport: 'http',
    era: 'modern',
  });
  t.after(stop);
  assert.match(target.refusedToStart ?? '', /cannot be read/);
});

test('a reload is whole or not at all, is on record, and changes the version by which calls are let in', async (t) => {
  const events: AuditEvent[] = [];
  let broken = false;
  const recorder: Recorder = {
    healthy: true,
    append(event) {
      if (broken) return Promise.reject(new Error('no disk'));
      events.push(event);
      return Promise.resolve({ index: events.length });
    },
    note: (event) => void events.push(event),
    close: () => Promise.resolve(),
  };
  const directory = await folder(t, LARGE);
  const host = await serveStream(
    server(declared([])),
    { profile: 'dev', recorder, policy: { directory, default: 'scopes' } },
    new PassThrough(),
    new PassThrough(),
  );
  t.after(() => host.close());
  const { settings } = host;
  const decided = (amount: number): boolean | undefined =>
    settings.rules?.decide({
      principal: { ...settings.localPrincipal, issuer: 'https://issuer.example' },
      method: 'tools/call',
      target: settings.catalog.tools.get('refund'),
      args: { amount },
      transport: 'stdio',
      era: 'modern',
      labels: new Set(),
      at: 0,
    }).decision.pass;
  const before = settings.policyVersion();
  assert.deepEqual([decided(400), decided(600)], [true, false]);

  await writeFile(join(directory, 'second.cedar'), 'forbid (principal, action, resource) when { context.nothing };');
  await assert.rejects(host.reloadPolicies(), /second\.cedar:1:\d+/);
  assert.deepEqual([decided(402), decided(602), settings.policyVersion()], [true, false, before]);
  assert.deepEqual([events.at(-1)?.kind, events.at(-1)?.decision], ['config', 'refused']);

  await writeFile(
    join(directory, 'second.cedar'),
    `forbid (principal, ${REFUND}, resource) when { context.args.amount > 300 };`,
  );
  broken = true;
  await assert.rejects(host.reloadPolicies(), /no disk/);
  // Amounts that were not asked about before: their answers are not remembered.
  assert.deepEqual([decided(401), settings.policyVersion()], [true, before], 'what cannot be recorded does not happen');
  broken = false;
  await host.reloadPolicies();
  assert.deepEqual([decided(300), decided(400)], [true, false]);
  assert.notEqual(settings.policyVersion(), before);
  assert.deepEqual(
    [events.at(-1)?.kind, events.at(-1)?.decision, events.at(-1)?.target],
    ['config', 'accepted', directory],
  );

  await rm(join(directory, 'second.cedar'));
  await host.reloadPolicies();
  assert.equal(settings.policyVersion(), before);
  await rm(join(directory, 'refunds.cedar'));
  await assert.rejects(host.reloadPolicies(), /has no \*\.cedar file/);
  assert.deepEqual([decided(400), decided(600)], [true, false]);
});

test('two hosts of one process keep their policies apart', async (t) => {
  const one = await start(t, `forbid (principal, ${REFUND}, resource);`);
  const two = await start(t, LARGE);
  assert.match((await refund(one.connection, 1)).text, /This operation is not allowed/);
  assert.equal(fateOf(await refund(two.connection, 1)), 'done');
  assert.equal(textOf(await refund(two.connection, 1)), '{"refunded":1}');
});

suite('what nobody can be asked about is refused where a policy asks for an approval', () => {
  for (const way of WAYS) {
    test(`${way.transport} ${way.era}, completions`, async (t) => {
      const asked: string[] = [];
      const notes = resource({
        name: 'notes',
        uriTemplate: 'notes://{name}',
        params: z.strictObject({ name: z.string().max(50) }),
        scope: 'refunds:write',
        authorize: () => true,
        read: () => ({ text: 'x' }),
        complete: { name: (value: string) => (asked.push(value), ['salaries']) },
      });
      const policy = {
        directory: await folder(
          t,
          '@approval("page") forbid (principal, action == Action::"complete:resource:notes", resource);',
        ),
        default: 'scopes' as const,
      };
      const running = await startTarget(
        { server: { ...declared([]), resources: [notes] }, deployment: { policy } },
        [],
        way,
      );
      t.after(running.stop);
      const connection = await running.target.connect();
      const reply = await connection.request('completion/complete', {
        ref: { type: 'ref/resource', uri: 'notes://{name}' },
        argument: { name: 'name', value: 's' },
      });
      assert.match(reply.text, /This operation is not allowed/);
      assert.deepEqual(asked, []);
    });
  }
});
