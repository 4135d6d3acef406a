import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import * as z from 'zod';
import type { FlowsOptions } from '../../src/flows/matrix.ts';
import { tool, type Tool } from '../../src/index.ts';
import { closeSharedIssuer } from '../../src/prove/target.ts';
import { fateOf, SECRET, startFlows, use } from '../support/flow-target.ts';

after(closeSharedIssuer);

/** A matrix under which nothing but an overlap holds a call. */
const OPEN: FlowsOptions = { matrix: { private: { query: 'allow', outside: 'allow' } } };

const counts = z.record(z.string().max(64), z.int().min(0).max(9)).meta({ maxProperties: 99 });

const post = tool({
  name: 'post',
  description: 'Sends a text and counts.',
  input: z.strictObject({ counts: counts.optional(), text: z.string().max(999).optional() }),
  output: z.strictObject({ sent: z.boolean() }),
  scope: 'text:read',
  effect: 'write',
  flow: { sends: ['outside'] },
  run: () => ({ sent: true }),
});

function reader(name: string, output: z.ZodObject, gives: unknown): Tool {
  const flow = { gives: ['private'] } as const;
  const shared = { description: 'Reads.', input: z.strictObject({}), scope: 'text:read', effect: 'read' } as const;
  return tool({ name, ...shared, output, flow, run: () => gives as Record<string, unknown> });
}

suite('names of members carry what was read as values do', () => {
  for (const size of [64, 15, 12]) {
    test(`a record with names of ${size} letters`, async (t) => {
      const text = z.string().max(999);
      const tools = [post, reader('read', z.strictObject({ text }), { text: SECRET })];
      const { connection, stop } = await startFlows({ flows: OPEN, server: { tools } });
      t.after(stop);
      const send = (names: readonly string[]) =>
        connection.request('tools/call', {
          name: 'post',
          arguments: { counts: Object.fromEntries(names.map((name) => [name, 1])) },
        });
      await use(connection, 'read');
      assert.equal(fateOf(await send(['apples', 'pears', 'a fruit of another kind'])), 'done');
      assert.equal(fateOf(await send(SECRET.match(new RegExp(`.{1,${size}}`, 'g')) ?? [])), 'asked');
    });
  }

  test('a private result that is a name is known again', async (t) => {
    const tools = [post, reader('read', z.strictObject({ by: counts }), { by: { [SECRET]: 1 } })];
    const { connection, stop } = await startFlows({ flows: OPEN, server: { tools } });
    t.after(stop);
    await use(connection, 'read');
    assert.equal(fateOf(await use(connection, 'post', SECRET)), 'asked');
  });
});

suite('a private result is known again, whatever its member is called', () => {
  for (const name of ['note', 'uri', 'type', 'role', 'mimeType', '_meta', 'ttlMs']) {
    test(name, async (t) => {
      const tools = [post, reader('read', z.strictObject({ [name]: z.string().max(999) }), { [name]: SECRET })];
      const { connection, stop } = await startFlows({ flows: OPEN, server: { tools } });
      t.after(stop);
      await use(connection, 'read');
      assert.equal(fateOf(await use(connection, 'post', SECRET)), 'asked');
    });
  }
});
