import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import * as z from 'zod';
import type { FlowsOptions } from '../../src/flows/matrix.ts';
import { resource, tool } from '../../src/index.ts';
import { WAYS } from '../../src/prove/prove.ts';
import { closeSharedIssuer } from '../../src/prove/target.ts';
import { answered, stateOf } from '../support/approval-world.ts';
import { fateOf, flowTool, SECRET, startFlows, use } from '../support/flow-target.ts';

after(closeSharedIssuer);

/** A matrix under which nothing but an overlap holds a call. */
const OPEN: FlowsOptions = { matrix: { private: { query: 'allow', outside: 'allow' } } };

const people = (sends: readonly 'outside'[], told: string[]) =>
  resource({
    name: 'people',
    uriTemplate: 'people://{name}',
    params: z.strictObject({ name: z.string().max(100) }),
    scope: 'text:read',
    flow: { gives: ['private'], sends },
    authorize: () => true,
    read: () => ({ text: 'x' }),
    complete: { name: (value: string) => (told.push(value), ['Ana Ferreira, diagnosis C50']) },
  });

const complete = (value: string) => ({
  ref: { type: 'ref/resource', uri: 'people://{name}' },
  argument: { name: 'name', value },
});

suite('a completion is a read, and a way out', () => {
  for (const way of WAYS) {
    test(`${way.transport} ${way.era}`, async (t) => {
      const told: string[] = [];
      const { connection, stop } = await startFlows({ way, server: { resources: [people(['outside'], told)] } });
      t.after(stop);
      const first = await connection.request('completion/complete', complete('An'));
      assert.match(first.text, /Ana Ferreira/);
      assert.equal(fateOf(await use(connection, 'send_mail', 'nothing of it')), 'asked');
      const second = await connection.request('completion/complete', complete(SECRET));
      assert.match(second.text, /This operation is not allowed/);
      assert.deepEqual(told, ['An']);
    });
  }

  test('what it carries is compared with what was read', async (t) => {
    const told: string[] = [];
    const server = { resources: [people(['outside'], told)] };
    const { connection, stop } = await startFlows({ flows: OPEN, server });
    t.after(stop);
    assert.equal(fateOf(await use(connection, 'read_record', 'x')), 'done');
    assert.match((await connection.request('completion/complete', complete('An'))).text, /Ana Ferreira/);
    assert.match((await connection.request('completion/complete', complete(SECRET))).text, /not allowed/);
    assert.deepEqual(told, ['An']);
  });
});

suite('an answer in the middle of a call does not carry what was read since it began', () => {
  for (const transport of ['http', 'stdio'] as const) {
    test(transport, async (t) => {
      const sent: string[] = [];
      let begun: () => void = () => undefined;
      let wait: Promise<void> = Promise.resolve();
      const read = flowTool(
        { name: 'read_record', flow: { gives: ['private'] }, gives: () => SECRET },
        () => undefined,
      );
      const send = tool({
        name: 'send',
        description: 'Sends a text.',
        input: z.strictObject({}),
        output: z.strictObject({ sent: z.boolean() }),
        scope: 'text:read',
        effect: 'write',
        asks: ['elicitation'],
        flow: { sends: ['outside'] },
        run: async (_args, ctx) => {
          begun();
          await wait;
          const schema = z.object({ text: z.string() });
          const answer = await ctx.elicit({ key: 'text', message: 'What shall be sent?', schema });
          if (answer.action === 'accept') sent.push(answer.content.text);
          return { sent: answer.action === 'accept' };
        },
      });
      const capabilities = { elicitation: { form: {} } };
      const way = { transport, era: 'legacy' } as const;
      const { connection, stop } = await startFlows({ way, server: { tools: [read, send] }, capabilities });
      t.after(stop);
      const call = (text: string) =>
        connection.request(
          'tools/call',
          { name: 'send', arguments: {} },
          { answer: () => ({ action: 'accept', content: { text } }) },
        );
      assert.equal(fateOf(await call('See you on Monday.')), 'done');
      const started = new Promise<void>((resolve) => (begun = resolve));
      let go: () => void = () => undefined;
      wait = new Promise((resolve) => (go = resolve));
      const late = call('What it says.');
      await started;
      assert.equal(fateOf(await use(connection, 'read_record', 'x')), 'done');
      go();
      assert.match((await late).text, /FLOW_REFUSED/);
      assert.deepEqual(sent, ['See you on Monday.']);
    });
  }
});

test('what a client answers to a handler goes out as its arguments do', async (t) => {
  const sent: string[] = [];
  const read = flowTool({ name: 'read_record', flow: { gives: ['private'] }, gives: () => SECRET }, () => undefined);
  const send = tool({
    name: 'send',
    description: 'Sends a text.',
    input: z.strictObject({}),
    output: z.strictObject({ sent: z.boolean() }),
    scope: 'text:read',
    effect: 'write',
    asks: ['elicitation'],
    flow: { sends: ['outside'] },
    run: async (_args, ctx) => {
      const answer = await ctx.elicit({
        key: 'text',
        message: 'What shall be sent?',
        schema: z.object({ text: z.string() }),
      });
      if (answer.action === 'accept') sent.push(answer.content.text);
      return { sent: answer.action === 'accept' };
    },
  });
  const capabilities = { elicitation: { form: {} } };
  const { connection, stop } = await startFlows({ flows: OPEN, server: { tools: [read, send] }, capabilities });
  t.after(stop);
  assert.equal(fateOf(await use(connection, 'read_record', 'x')), 'done');
  const call = (more = {}) => connection.request('tools/call', { name: 'send', arguments: {}, ...more });
  const say = (text: string) => ({ text: { action: 'accept', content: { text } } });
  const plain = await call(answered(stateOf(await call()), say('See you on Monday.')));
  assert.equal(fateOf(plain), 'done');
  const copied = await call(answered(stateOf(await call()), say(`Look: ${SECRET}`)));
  assert.match(copied.text, /asks for your approval/);
  assert.deepEqual(sent, ['See you on Monday.']);
});
