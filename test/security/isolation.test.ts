import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as z from 'zod';
import type { Connection, Target } from '../../src/audit/rule.ts';
import { prompt, resource, sql, tool, type ServerOptions } from '../../src/index.ts';
import { resultOf } from '../../src/audit/judge.ts';
import { closeSharedIssuer, startTarget } from '../../src/prove/target.ts';

const ROUNDS = 40;
const db = sql('notes', 'write');
const Row = z.strictObject({ id: z.int(), body: z.string() });
interface NoteRow {
  readonly id: number;
  readonly body: string;
}

const mine = { needs: { db }, scope: 'notes:use' } as const;

const write = tool({
  ...mine,
  name: 'write_note',
  description: 'Keeps a note.',
  input: z.strictObject({ body: z.string().max(200) }),
  output: z.strictObject({ id: z.int() }),
  effect: 'write',
  async run({ body }, { db: notes, principal }) {
    const { lastId } = await notes.run`insert into notes (owner, body) values (${principal.id}, ${body})`;
    return { id: Number(lastId) };
  },
});

const list = tool({
  ...mine,
  name: 'list_notes',
  description: 'Lists the latest notes of the caller.',
  input: z.strictObject({}),
  output: z.strictObject({ notes: z.array(Row).max(20), who: z.string() }),
  effect: 'read',
  async run(_, { db: notes, principal }) {
    const found =
      await notes.all<NoteRow>`select id, body from notes where owner = ${principal.id} order by id desc limit 20`;
    return { notes: found, who: principal.subject };
  },
});

const ask = tool({
  ...mine,
  name: 'ask_back',
  description: 'Asks the caller for a word and gives it back.',
  input: z.strictObject({ marker: z.string().max(200) }),
  output: z.strictObject({ marker: z.string(), answer: z.string() }),
  effect: 'read',
  asks: ['elicitation'],
  async run({ marker }, { elicit, log, progress }) {
    progress(1, 2, marker);
    log.info(marker);
    const answer = await elicit({ message: `For ${marker}?`, schema: z.strictObject({ word: z.string().max(200) }) });
    return { marker, answer: answer.action === 'accept' ? answer.content.word : answer.action };
  },
});

const note = resource({
  ...mine,
  name: 'note',
  uriTemplate: 'notes://note/{id}',
  params: z.strictObject({ id: z.string().regex(/^\d{1,9}$/) }),
  async authorize({ id }, { db: notes, principal }) {
    return (await notes.get`select 1 from notes where id = ${Number(id)} and owner = ${principal.id}`) !== undefined;
  },
  async read({ id }, { db: notes }) {
    const row = await notes.get<NoteRow>`select id, body from notes where id = ${Number(id)}`;
    return row === undefined ? undefined : { text: row.body };
  },
  async list({ db: notes, principal }) {
    const rows =
      await notes.all<NoteRow>`select id, body from notes where owner = ${principal.id} order by id desc limit 20`;
    return rows.map(({ id, body }) => ({ uri: `notes://note/${id}`, name: body }));
  },
  complete: {
    async id(_, { db: notes, principal }) {
      const rows =
        await notes.all<NoteRow>`select id, body from notes where owner = ${principal.id} order by id desc limit 20`;
      return rows.map(({ id, body }) => `${id} ${body}`);
    },
  },
});

const summary = prompt({
  ...mine,
  name: 'summary',
  description: 'Sums up a marker and the latest note.',
  arguments: z.strictObject({ marker: z.string().max(200) }),
  async get({ marker }, { db: notes, principal }) {
    const row =
      await notes.get<NoteRow>`select id, body from notes where owner = ${principal.id} order by id desc limit 1`;
    return [{ role: 'user', content: { type: 'text', text: `${marker} ${row?.body ?? ''}` } }];
  },
});

const declared: ServerOptions = {
  name: 'isolation',
  version: '1.0.0',
  tools: [write, list, ask],
  resources: [note],
  prompts: [summary],
};

after(closeSharedIssuer);

/** Everything one principal can do, with a marker of its own in every place that takes text; gives all that it was answered. */
async function useEverything(connection: Connection, marker: string, era: Target['era']): Promise<readonly string[]> {
  const texts: string[] = [];
  const call = async (method: string, params: Record<string, unknown>) => {
    const reply = await connection.request(method, params, {
      meta: { progressToken: marker, ...(era === 'modern' ? { 'io.modelcontextprotocol/logLevel': 'debug' } : {}) },
      answer: () => ({ action: 'accept', content: { word: marker } }),
    });
    texts.push(reply.text);
    return reply;
  };
  const written = resultOf(await call('tools/call', { name: 'write_note', arguments: { body: marker } }));
  const { id } = (written?.['structuredContent'] ?? {}) as { readonly id?: number };
  assert.equal(typeof id, 'number', texts.at(-1));
  await call('tools/call', { name: 'list_notes', arguments: {} });
  await call('resources/read', { uri: `notes://note/${id}` });
  await call('resources/list', {});
  await call('prompts/get', { name: 'summary', arguments: { marker } });
  const argument = { name: 'id', value: '' };
  await call('completion/complete', { ref: { type: 'ref/resource', uri: 'notes://note/{id}' }, argument });
  const asked = resultOf(await call('tools/call', { name: 'ask_back', arguments: { marker } }));
  if (asked?.['resultType'] === 'input_required') {
    const inputResponses = { 'input-1': { action: 'accept', content: { word: marker } } };
    const again = { name: 'ask_back', arguments: { marker }, requestState: asked['requestState'], inputResponses };
    await call('tools/call', again);
  }
  assert.ok(
    texts.every((text) => !text.includes('"error"')),
    texts.find((text) => text.includes('"error"')),
  );
  return texts;
}

for (const era of ['modern', 'legacy'] as const) {
  test(`two principals under load never see each other's markers (${era})`, { timeout: 300_000 }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-isolation-'));
    const schema =
      'create table if not exists notes (id integer primary key, owner text not null, body text not null) strict';
    const sources = { notes: { file: join(folder, 'notes.db'), schema } };
    const limits = { perMinutePrincipal: 1_000_000, burstPrincipal: 100_000 };
    const { target, stop } = await startTarget({ server: declared, deployment: { sources, limits } }, [], {
      transport: 'http',
      era,
    });
    t.after(async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    });
    assert.equal(target.refusedToStart, undefined);
    const run = async (name: string, worker: number): Promise<readonly string[]> => {
      const token = await target.mint?.({ sub: name, scope: 'notes:use' });
      const connection = await target.connect({ token: token ?? null, capabilities: { elicitation: {} } });
      const texts: string[] = [];
      for (let round = 0; round < ROUNDS; round++)
        texts.push(...(await useEverything(connection, `${name}-marker-${worker}-${round}`, era)));
      await connection.close();
      return texts;
    };
    const [alice1, bob1, alice2, bob2] = await Promise.all([
      run('alice', 1),
      run('bob', 1),
      run('alice', 2),
      run('bob', 2),
    ]);
    const alices = [...(alice1 ?? []), ...(alice2 ?? [])];
    const bobs = [...(bob1 ?? []), ...(bob2 ?? [])];
    assert.ok(alices.length >= ROUNDS * 2 * 7);
    assert.ok(alices.some((text) => text.includes('alice-marker')));
    assert.ok(bobs.some((text) => text.includes('bob-marker')));
    assert.deepEqual(
      alices.filter((text) => text.includes('bob-marker')),
      [],
    );
    assert.deepEqual(
      bobs.filter((text) => text.includes('alice-marker')),
      [],
    );
  });
}
