import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as z from 'zod';
import { content, prompt, PublicError, resource, tool } from '../../src/index.ts';
import { insecureWithoutLeakFilter } from '../../src/insecure.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import { WAYS } from '../../src/prove/prove.ts';
import { closeSharedIssuer, startTarget, type Way } from '../../src/prove/target.ts';
import { isObject, type JsonObject } from '../../src/protocol/json.ts';
import { META } from '../../src/protocol/versions.ts';

// What a handler must not know, and here says in every way that there is.
const SECRET = 'q7Zr-the-key-of-the-desk-41';
const HEX = Buffer.from(SECRET).toString('hex');
const BASE64 = Buffer.from(`{"key":"${SECRET}"}`).toString('base64');
const TOKEN = ['ghp_', 'a8Fk2LmQ9xTzR4vWc7Yb1NdHs6PjGe3UoKi5'].join('');
const SAID = `${SECRET} ${HEX} ${BASE64} ${encodeURIComponent(SECRET)} ${TOKEN}`;
const TELLING = ['q7Zr-the', HEX.slice(0, 16), 'a8Fk2LmQ9x', BASE64.slice(12, 40)];

const folder = mkdtempSync(join(tmpdir(), 'portcullis-leaks-'));
writeFileSync(join(folder, 'key'), SECRET, { mode: 0o600 });
after(async () => {
  await closeSharedIssuer();
  rmSync(folder, { recursive: true });
});

const text = z.strictObject({ text: z.string().max(2000) });
const common = { input: z.strictObject({}), scope: 'desk:use', effect: 'read' } as const;
const server = {
  name: 'desk',
  version: '1.0.0',
  tools: [
    tool({ ...common, name: 'field', description: 'Says it in a field.', output: text, run: () => ({ text: SAID }) }),
    tool({
      ...common,
      name: 'blocks',
      description: 'Says it in blocks.',
      output: content('text', 'resource_link'),
      run: () => [
        { type: 'text', text: SAID },
        { type: 'resource_link', uri: `https://desk.example/${SECRET}`, name: SAID },
      ],
    }),
    tool({
      ...common,
      name: 'fail',
      description: 'Says it in an error.',
      output: text,
      run: () => {
        throw new PublicError(SAID);
      },
    }),
    tool({
      ...common,
      name: 'short',
      description: 'Says it where a mark does not fit.',
      output: z.strictObject({
        id: z
          .string()
          .regex(/^[a-zA-Z0-9-]+$/)
          .max(40),
      }),
      run: () => ({ id: SECRET }),
    }),
    tool({
      ...common,
      name: 'progress',
      description: 'Says it bit by bit.',
      output: text,
      run: (_, ctx) => {
        let done = 0;
        for (const word of SAID.split(' '))
          for (const part of [word.slice(0, 11), word.slice(11), ' ']) ctx.progress((done += 1), undefined, part);
        ctx.log.warning(SAID, { said: SAID });
        return { text: 'done' };
      },
    }),
    tool({
      ...common,
      name: 'ask',
      description: 'Says it in a question.',
      asks: ['elicitation'],
      output: text,
      run: async (_, ctx) => {
        await ctx.elicit({ message: `Is it ${SAID}?`, schema: z.strictObject({ sure: z.boolean() }) });
        return { text: 'done' };
      },
    }),
  ],
  resources: [
    resource({ name: 'page', uri: 'desk://page', scope: 'desk:use', read: () => ({ text: SAID }) }),
    resource({
      name: 'broken',
      uri: 'desk://broken',
      scope: 'desk:use',
      read: () => {
        throw new PublicError(SAID);
      },
    }),
    resource({
      name: 'item',
      uriTemplate: 'desk://item/{id}',
      params: z.strictObject({ id: z.string().max(40) }),
      scope: 'desk:use',
      authorize: () => true,
      read: () => ({ text: SAID }),
      list: () => [{ uri: 'desk://item/1', name: SAID }],
      complete: { id: () => [SECRET, TOKEN] },
    }),
  ],
  prompts: [
    prompt({
      name: 'plan',
      arguments: z.strictObject({}),
      scope: 'desk:use',
      get: () => [{ role: 'user', content: { type: 'text', text: SAID } }],
    }),
  ],
};

/** Calls everything; gives what came, by what was called. */
async function callEverything(connection: Connection, { era }: Way): Promise<ReadonlyMap<string, Reply>> {
  if (era === 'legacy') await connection.request('logging/setLevel', { level: 'debug' });
  const meta = era === 'modern' ? { [META.logLevel]: 'debug' } : {};
  const asked: JsonObject[] = [];
  const seen = new Map<string, Reply>();
  for (const { options } of server.tools) {
    const reply = await connection.request(
      'tools/call',
      { name: options.name, arguments: {}, _meta: { progressToken: 'leaks', ...meta } },
      {
        ...(era === 'modern' ? { meta } : {}),
        answer: (request) => {
          asked.push(request);
          return { action: 'accept', content: { sure: true } };
        },
      },
    );
    seen.set(options.name, { ...reply, text: reply.text + JSON.stringify(asked) });
  }
  for (const uri of ['desk://page', 'desk://broken', 'desk://item/1'])
    seen.set(uri, await connection.request('resources/read', { uri }));
  seen.set('resources/list', await connection.request('resources/list'));
  seen.set('prompts/get', await connection.request('prompts/get', { name: 'plan', arguments: {} }));
  seen.set(
    'completion/complete',
    await connection.request('completion/complete', {
      ref: { type: 'ref/resource', uri: 'desk://item/{id}' },
      argument: { name: 'id', value: '' },
    }),
  );
  return seen;
}

/** Everything of a reply, and the messages of progress glued together. */
function whole({ message, notifications, text: raw }: Reply): string {
  const told = notifications.map(({ params }) =>
    isObject(params) && typeof params['message'] === 'string' ? params['message'] : '',
  );
  return `${raw} ${JSON.stringify([message, notifications])} ${told.join('')}`;
}

async function run(way: Way, insecure: readonly symbol[]): Promise<ReadonlyMap<string, Reply>> {
  const deployment = { secrets: { desk: { from: `file:${join(folder, 'key')}` } } };
  const { target, stop } = await startTarget({ server, deployment }, insecure, way);
  try {
    const connection = await target.connect({ capabilities: { elicitation: { form: {} } } });
    const seen = await callEverything(connection, way);
    await connection.close();
    return seen;
  } finally {
    await stop();
  }
}

for (const way of WAYS) {
  test(`${way.transport}, ${way.era}: no secret and no credential leaves, in no encoding, by no way`, async () => {
    const seen = await run(way, []);
    for (const [name, reply] of seen) {
      assert.ok(reply.message !== undefined, name);
      for (const telling of TELLING) assert.equal(whole(reply).includes(telling), false, `${name}: ${telling}`);
    }
    assert.match(JSON.stringify(seen.get('field')?.message), /\[secret\].*\[credentials\]/);
    assert.match(JSON.stringify(seen.get('short')?.message), /OUTPUT_WITHHELD/);
    assert.match(JSON.stringify(seen.get('fail')?.message), /\[secret\]/);
    assert.match(JSON.stringify(seen.get('desk://broken')?.message), /\[secret\]/);
    assert.ok((seen.get('progress')?.notifications.length ?? 0) > 10);
    if (way.era === 'modern') assert.match(JSON.stringify(seen.get('ask')?.message), /Is it \[secret\]/);
    else assert.match(seen.get('ask')?.text ?? '', /Is it \[secret\]/);
  });
}

test('with the filter off all of it leaves', async () => {
  const seen = await run({ transport: 'http', era: 'modern' }, [insecureWithoutLeakFilter]);
  for (const [name, reply] of seen) assert.equal(whole(reply).includes('q7Zr-the'), true, name);
});
