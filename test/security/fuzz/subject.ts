import { PassThrough, type Readable, type Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import { content, prompt, resource, serveHttp, server, serveStream, tool, type Host } from '../../../src/index.ts';
import { startIssuer } from '../../../src/prove/issuer.ts';

/** What handlers know and no answer may hold. */
export const SECRETS = ['s3cret-connection-text', 's3cret-surplus-field'] as const;

const Note = z.strictObject({ title: z.string().max(100), tags: z.array(z.enum(['a', 'b'])).max(4) });
const NONE = z.strictObject({});

const tools = [
  tool({
    name: 'search_notes',
    description: 'Finds notes by a phrase.',
    input: z.strictObject({ phrase: z.string().min(1).max(50), most: z.int().min(1).max(10).optional() }),
    output: z.strictObject({ notes: z.array(Note).max(10) }),
    scope: 'notes:read',
    effect: 'read',
    run: ({ most = 1 }) => ({ notes: Array.from({ length: most }, () => ({ title: 'A note', tags: ['a' as const] })) }),
  }),
  tool({
    name: 'save_note',
    description: 'Saves a note.',
    input: z.strictObject({ note: Note, dryRun: z.boolean().optional() }),
    output: z.strictObject({ saved: z.boolean() }),
    scope: ['notes:read', 'notes:write'],
    effect: 'write',
    // A handler that hands out a whole row: only the declared fields may leave.
    run: () => ({ saved: true, row: SECRETS[1] }),
  }),
  tool({
    name: 'explode',
    description: 'Fails with an error that tells too much.',
    input: z.strictObject({ late: z.boolean().optional() }),
    output: content('text'),
    scope: 'notes:read',
    effect: 'read',
    async run({ late }) {
      if (late === true) await turn();
      throw new Error(`cannot connect with ${SECRETS[0]} from ${import.meta.filename}`);
    },
  }),
  tool({
    name: 'route_note',
    description: 'Takes parameters that are mirrored into headers.',
    input: z.strictObject({
      region: z.string().max(40).meta({ 'x-mcp-header': 'Region' }),
      priority: z.int().min(0).max(9).optional().meta({ 'x-mcp-header': 'Priority' }),
    }),
    output: content('text'),
    scope: 'notes:read',
    effect: 'read',
    run: () => [{ type: 'text', text: 'Routed.' }],
  }),
  tool({
    name: 'ask_name',
    description: 'Asks the person for a name.',
    input: NONE,
    output: content('text'),
    scope: 'notes:read',
    effect: 'read',
    asks: ['elicitation'],
    async run(_, ctx) {
      ctx.progress(1, 2);
      const schema = z.strictObject({ name: z.string().max(40) });
      const answer = await ctx.elicit({ key: 'who', message: 'What is your name?', schema });
      return [{ type: 'text', text: answer.action }];
    },
  }),
];

const resources = [
  resource({ name: 'motd', uri: 'notes://motd', scope: 'notes:read', read: () => ({ text: 'Hello.' }) }),
  resource({
    name: 'note',
    uriTemplate: 'notes://note/{id}',
    scope: 'notes:read',
    params: z.strictObject({ id: z.string().max(20) }),
    authorize: ({ id }) => id !== '9',
    complete: { id: (value) => ['1', '12'].filter((id) => id.startsWith(value)) },
    read: ({ id }) => (id === '8' ? undefined : { text: `Note ${id.length}` }),
  }),
];

const greet = prompt({
  name: 'greet',
  description: 'Greets.',
  arguments: z.strictObject({ name: z.string().max(20) }),
  scope: 'notes:read',
  complete: { name: () => ['Ada'] },
  get: ({ name }) => [{ role: 'user', content: { type: 'text', text: `Greet in ${name.length} letters.` } }],
});

const definition = server({ name: 'fuzzed', version: '1.0.0', tools, resources, prompts: [greet] });

/** Rates and pauses out of the way, so that requests reach what they attack; streams that end by themselves. */
const limits = {
  perMinuteServer: 1e9,
  burstServer: 1e9,
  perMinutePrincipal: 1e9,
  burstPrincipal: 1e9,
  breakerFailures: 1e9,
  concurrentPerPrincipal: 1_000,
  streamsPerPrincipal: 1_000,
  streamMs: 20,
  bodyBytes: 64 * 1024,
} as const;

/** A server to fuzz, and credentials good and bad. */
export interface Subject {
  readonly host: string;
  readonly port: number;
  /** Whether the legacy era is open too. */
  readonly legacy: boolean;
  readonly good: readonly [string, ...string[]];
  readonly bad: readonly [string, ...string[]];
  close(): Promise<void>;
}

/** Starts the server with its issuer, on loopback, for the modern era or for both. */
export async function startSubject(legacy: boolean): Promise<Subject> {
  const issuer = await startIssuer();
  const host = await serveHttp(definition, {
    profile: 'dev',
    eras: legacy ? ['modern', 'legacy'] : ['modern'],
    http: { port: 0 },
    auth: { issuers: [{ issuer: issuer.issuer, maxTokenAgeSeconds: 3_600 }] },
    limits,
  });
  const url = new URL(host.url ?? '');
  const now = Math.floor(Date.now() / 1000);
  const exp = now + 3_600;
  const scope = 'notes:read notes:write';
  const mint = (claims: object, header = {}, options = {}) =>
    issuer.mint({ aud: url.href, iat: now, exp, scope, ...claims }, header, options);
  const good = [
    await mint({ sub: 'alice' }),
    await mint({ sub: 'bob', scope: 'notes:read' }),
    await mint({ sub: 'carol', scope: 'other:thing' }),
  ] as const;
  const bad = [
    await mint({ sub: 'alice', exp: now - 600, iat: now - 900 }),
    await mint({ sub: 'alice', aud: 'https://elsewhere.example/mcp' }),
    await mint({ sub: 'alice', iss: 'https://elsewhere.example' }),
    await mint({ sub: 'alice' }, { alg: 'none' }),
    await mint({ sub: 'alice' }, { alg: 'HS256' }),
    await mint({ sub: 'alice' }, {}, { foreignKey: true }),
    `${good[0].slice(0, -4)}AAAA`,
    'opaque-token-that-is-no-jwt',
  ] as const;
  const close = async () => {
    await host.close();
    await issuer.close();
  };
  return { host: url.host, port: Number(url.port), legacy, good: [...good], bad: [...bad], close };
}

/** Starts the same server on a pair of streams. */
export async function startStream(): Promise<{
  readonly host: Host;
  readonly input: Writable;
  readonly output: Readable;
}> {
  const input = new PassThrough();
  const output = new PassThrough();
  const host = await serveStream(definition, { profile: 'dev', eras: ['modern'], limits }, input, output);
  return { host, input, output };
}
