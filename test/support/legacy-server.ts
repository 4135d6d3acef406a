import * as z from 'zod';
import { content, prompt, resource, server, tool } from '../../src/index.ts';
import type { Ctx, ServerDefinition } from '../../src/index.ts';

/** A server with one of everything that a client of the legacy era can use. `log` hears what the handlers do. */
export function legacyServer(
  log: (event: string) => void = () => undefined,
  insecure: readonly symbol[] = [],
): ServerDefinition {
  const nothing = z.strictObject({});
  const echo = tool({
    name: 'echo',
    title: 'Echo',
    description: 'Gives a phrase back.',
    input: z.strictObject({ phrase: z.string().max(100) }),
    output: z.strictObject({ phrase: z.string().max(100), caller: z.string().max(100) }),
    scope: 'notes:read',
    effect: 'read',
    icons: [{ src: 'https://example.com/icon.png' }],
    run: ({ phrase }, { principal }) => ({ phrase, caller: principal.subject }),
  });
  const erase = tool({
    name: 'erase',
    description: 'Erases every note of the caller.',
    input: nothing,
    output: content('text'),
    scope: 'notes:write',
    effect: 'write',
    run: () => [{ type: 'text', text: 'erased' }],
  });
  const work = tool({
    name: 'work',
    description: 'Reports progress and logs while it works.',
    input: nothing,
    output: content('text', 'resource_link'),
    scope: 'notes:read',
    effect: 'read',
    run: (_, ctx) => {
      ctx.progress(1, 2, 'half');
      ctx.log.info('half of it is done');
      ctx.progress(2, 2);
      return [
        { type: 'text', text: 'done' },
        { type: 'resource_link', uri: 'notes://today', name: 'today' },
      ];
    },
  });
  const ask = tool({
    name: 'ask',
    description: 'Asks the person, the model and the client.',
    input: z.strictObject({ what: z.enum(['form', 'url', 'sampling', 'roots']) }),
    output: content('text'),
    scope: 'notes:read',
    effect: 'read',
    asks: ['elicitation', 'sampling', 'roots'],
    limits: { timeout: '10s' },
    run: async ({ what }, ctx) => {
      const answer = await put(what, ctx);
      return [{ type: 'text', text: JSON.stringify(answer) }];
    },
  });
  const wait = tool({
    name: 'wait',
    description: 'Works until it is stopped.',
    input: nothing,
    output: content('text'),
    scope: 'notes:read',
    effect: 'read',
    limits: { timeout: '20s' },
    run: (_, ctx) =>
      new Promise((_resolve, reject) => {
        log('waiting');
        ctx.signal.addEventListener('abort', () => {
          log('stopped');
          reject(new Error('stopped'));
        });
      }),
  });
  const touch = tool({
    name: 'touch',
    description: 'Says that the note of today changed.',
    input: nothing,
    output: content('text'),
    scope: 'notes:read',
    effect: 'read',
    run: (_, ctx) => {
      ctx.changed.resource('notes://today');
      ctx.changed.list('tools');
      return [{ type: 'text', text: 'touched' }];
    },
  });
  const today = resource({
    uri: 'notes://today',
    name: 'today',
    title: 'Today',
    mimeType: 'text/plain',
    scope: 'notes:read',
    read: () => ({ text: 'a note' }),
  });
  const secret = resource({
    uri: 'notes://secret',
    name: 'secret',
    scope: 'notes:secret',
    read: () => ({ text: 'a secret' }),
  });
  const note = resource({
    uriTemplate: 'notes://note/{slug}',
    name: 'note',
    params: z.strictObject({ slug: z.string().max(20) }),
    scope: 'notes:read',
    read: ({ slug }) => ({ text: `note ${slug}` }),
    complete: { slug: () => ['monday', 'tuesday'] },
  });
  const summary = prompt({
    name: 'summary',
    title: 'Summary',
    arguments: z.strictObject({ style: z.string().max(20) }),
    scope: 'notes:read',
    get: ({ style }) => [{ role: 'user', content: { type: 'text', text: `Summarise, ${style}.` } }],
  });
  return server({
    name: 'legacy-notes',
    version: '1.0.0',
    title: 'Notes',
    instructions: 'Ask for notes.',
    tools: [echo, erase, work, ask, wait, touch],
    resources: [today, secret, note],
    prompts: [summary],
    insecure,
  });
}

function put(what: 'form' | 'url' | 'sampling' | 'roots', ctx: Ctx): Promise<unknown> {
  switch (what) {
    case 'form':
      return ctx.elicit({
        message: 'Which day?',
        schema: z.strictObject({ day: z.string().max(20), hour: z.number().min(0).max(23).optional() }),
      });
    case 'url':
      return ctx.elicitUrl({ message: 'Sign here.', url: 'https://example.com/sign' });
    case 'sampling':
      return ctx.sample({
        messages: [{ role: 'user', content: { type: 'text', text: 'Say hello.' } }],
        maxTokens: 10,
      });
    case 'roots':
      return ctx.roots();
  }
}
