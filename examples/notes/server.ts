import { randomUUID } from 'node:crypto';
import * as z from 'zod';
// In a project of your own: from 'portcullis'.
import {
  like,
  prompt,
  PublicError,
  resource,
  server,
  type ServerDefinition,
  sql,
  type SqlReader,
  tool,
} from '../../src/index.ts';

const NoteId = z.uuid();
const Title = z.string().min(1).max(120);
const Body = z.string().min(1).max(20_000);
const Summary = z.strictObject({ id: NoteId, title: Title });
const Note = z.strictObject({ ...Summary.shape, body: Body, created: z.iso.datetime() });

/** The one question of ownership; a note of someone else's answers like one that does not exist. */
async function isOwner(db: SqlReader, id: string, owner: string): Promise<boolean> {
  return (await db.get`select 1 from notes where id = ${id} and owner = ${owner}`) !== undefined;
}

const search = tool({
  name: 'search_notes',
  description: 'Find your notes whose title or text contains a phrase.',
  input: z.strictObject({ phrase: z.string().min(1).max(200) }),
  output: z.strictObject({ notes: z.array(Summary).max(50) }),
  scope: 'notes:read',
  effect: 'read',
  needs: { db: sql('notes', 'read') },
  async run({ phrase }, { db, principal }) {
    const notes = await db.all<z.infer<typeof Summary>>`
      select id, title from notes
      where owner = ${principal.id} and (title like ${like(phrase)} or body like ${like(phrase)})
      order by created desc limit 50`;
    return { notes };
  },
});

const read = tool({
  name: 'read_note',
  description: 'Read one of your notes.',
  input: z.strictObject({ id: NoteId }),
  output: Note,
  scope: 'notes:read',
  effect: 'read',
  needs: { db: sql('notes', 'read') },
  authorize: ({ id }, { db, principal }) => isOwner(db, id, principal.id),
  async run({ id }, { db }) {
    const note = await db.get<z.infer<typeof Note>>`select id, title, body, created from notes where id = ${id}`;
    if (note === undefined) throw new PublicError('The note was deleted meanwhile.');
    return note;
  },
});

const create = tool({
  name: 'create_note',
  description: 'Keep a new note.',
  input: z.strictObject({ title: Title, body: Body }),
  output: Summary,
  scope: 'notes:write',
  effect: 'write',
  needs: { db: sql('notes', 'write') },
  limits: { perMinute: 60 },
  async run({ title, body }, { db, principal, changed }) {
    const id = randomUUID();
    const created = new Date().toISOString();
    await db.run`insert into notes (id, owner, title, body, created)
      values (${id}, ${principal.id}, ${title}, ${body}, ${created})`;
    changed.list('resources');
    return { id, title };
  },
});

const remove = tool({
  name: 'delete_note',
  description: 'Delete one of your notes for good.',
  input: z.strictObject({ id: NoteId }),
  output: z.strictObject({ deleted: z.boolean() }),
  scope: 'notes:write',
  effect: 'destructive',
  needs: { db: sql('notes', 'write') },
  authorize: ({ id }, { db, principal }) => isOwner(db, id, principal.id),
  async run({ id }, { db, principal, changed }) {
    const { changes } = await db.run`delete from notes where id = ${id} and owner = ${principal.id}`;
    changed.list('resources');
    return { deleted: changes === 1 };
  },
});

const note = resource({
  name: 'note',
  title: 'One note',
  uriTemplate: 'notes://note/{id}',
  params: z.strictObject({ id: NoteId }),
  mimeType: 'text/markdown',
  scope: 'notes:read',
  needs: { db: sql('notes', 'read') },
  authorize: ({ id }, { db, principal }) => isOwner(db, id, principal.id),
  async read({ id }, { db }) {
    const found = await db.get<z.infer<typeof Note>>`select title, body from notes where id = ${id}`;
    return found && { text: `# ${found.title}\n\n${found.body}\n` };
  },
  async list({ db, principal }) {
    const notes = await db.all<z.infer<typeof Summary>>`
      select id, title from notes where owner = ${principal.id} order by created desc limit 100`;
    return notes.map(({ id, title }) => ({ uri: `notes://note/${id}`, name: title, mimeType: 'text/markdown' }));
  },
  complete: {
    async id(value, { db, principal }) {
      const notes = await db.all<{ id: string }>`
        select id from notes where owner = ${principal.id} and id like ${like(value, 'start')} limit 20`;
      return notes.map(({ id }) => id);
    },
  },
});

const about = resource({
  name: 'about',
  title: 'About these notes',
  uri: 'notes://about',
  mimeType: 'text/markdown',
  scope: 'notes:read',
  ttl: '1h',
  shared: true,
  read: () => ({ text: 'Private notes: each person sees their own, and nobody else does.\n' }),
});

const summarise = prompt({
  name: 'summarise',
  title: 'Summarise what I know',
  description: 'Ask for a summary of the notes on a topic.',
  arguments: z.strictObject({ topic: z.string().min(1).max(120) }),
  scope: 'notes:read',
  needs: { db: sql('notes', 'read') },
  complete: {
    async topic(value, { db, principal }) {
      const notes = await db.all<{ title: string }>`
        select title from notes where owner = ${principal.id} and title like ${like(value, 'start')} limit 20`;
      return notes.map(({ title }) => title);
    },
  },
  get: ({ topic }) => [
    {
      role: 'user',
      content: { type: 'text', text: `Search my notes for "${topic}" and summarise what they say in five sentences.` },
    },
  ],
});

const notes: ServerDefinition = server({
  name: 'notes',
  version: '1.0.0',
  title: 'Notes',
  instructions: 'Private notes of the person who is signed in. Search before you create.',
  tools: [search, read, create, remove],
  resources: [note, about],
  prompts: [summarise],
  scopes: { 'notes:read': 'Read your notes', 'notes:write': 'Create and delete your notes' },
  hierarchy: { 'notes:write': ['notes:read'] },
});

export default notes;
