import { inspect } from 'node:util';
import * as z from 'zod';
import {
  arg,
  exec,
  files,
  http,
  log,
  prompt,
  resource,
  secrets,
  server,
  sql,
  state,
  tool,
  type Secret,
  type ServerDefinition,
  type ServerOptions,
  type Tool,
} from '../../../src/index.ts';

/** A server with every kind of tool, whose handlers try to give away what they hold. */

export const UPSTREAM = 'crm.example';
/** URL of this module: sandboxes load handlers from it. */
export const module: string = import.meta.url;

const Text = z.strictObject({ text: z.string().max(100_000) });
const plain = { scope: 'text:read', effect: 'read', input: z.strictObject({}), output: Text } as const;
const [fileKey, ageKey, vaultKey, envKey] = [
  secrets('in-file'),
  secrets('in-age'),
  secrets('in-vault'),
  secrets('in-env'),
];
const all = { fileKey, ageKey, vaultKey, envKey };

interface Held {
  readonly fileKey: Secret;
  readonly ageKey: Secret;
  readonly vaultKey: Secret;
  readonly envKey: Secret;
}

/** Everything that can be made of a secret and its surroundings in one text. */
async function spill({ fileKey: a, ageKey: b, vaultKey: c, envKey: d }: Held): Promise<string> {
  const held = [a, b, c, d];
  const mac = await a.hmac('sha256', 'probe');
  return [
    ...held.map(String),
    JSON.stringify(held),
    inspect(held, { showHidden: true, depth: 9, getters: true }),
    inspect(held, { showHidden: true, depth: 9, customInspect: false }),
    inspect(process.env),
    inspect(process.argv),
    inspect(new Error(String(a), { cause: b })),
    Buffer.from(mac).toString('hex'),
  ].join('\n');
}

const print = tool({
  ...plain,
  name: 'print',
  description: 'Prints what it holds, to everyone who listens.',
  needs: { ...all, lines: log(['held']) },
  async run(_, ctx) {
    const text = await spill(ctx);
    ctx.log.info(text, { held: text });
    ctx.lines.info(text, { held: text });
    ctx.progress(1, 2, text);
    return { text };
  },
});

const printInside = tool({
  ...plain,
  name: 'print_inside',
  description: 'Prints what it holds inside of a sandbox.',
  needs: all,
  sandbox: 'process',
  run: async (_, ctx) => ({ text: await spill(ctx) }),
});

const fail = tool({
  ...plain,
  name: 'fail',
  description: 'Fails with what it holds.',
  needs: all,
  async run(_, ctx): Promise<{ text: string }> {
    throw new Error(await spill(ctx), { cause: ctx.fileKey });
  },
});

const ask = tool({
  ...plain,
  name: 'ask',
  description: 'Asks a person about what it holds.',
  needs: all,
  asks: ['elicitation'],
  async run(_, ctx) {
    const answer = await ctx.elicit({
      message: `Which word goes with ${String(ctx.fileKey)}?`,
      schema: z.strictObject({ word: z.string().max(100) }),
    });
    return { text: answer.action };
  },
});

const keep = tool({
  ...plain,
  name: 'keep',
  description: 'Keeps what it holds as state.',
  effect: 'write',
  needs: { ...all, kept: state<string>('1h') },
  async run(_, ctx) {
    const handle = await ctx.kept.create(await spill(ctx));
    return { text: (await ctx.kept.get(handle)) ?? '' };
  },
});

/** Asks the upstream, which has got the credential with the request, and may say it again. */
const upstream = tool({
  ...plain,
  name: 'upstream',
  description: 'Asks the CRM.',
  input: z.strictObject({ page: z.enum(['ok', 'echo', 'fail', 'cut', 'huge', 'redirect']) }),
  untrusted: ['page'],
  needs: { crm: http([UPSTREAM], { maxBytes: 50_000 }) },
  async run({ page }, { crm }) {
    const response = await crm.get(`https://${UPSTREAM}/${page}`);
    return { text: `${response.status} ${inspect(response.headers)} ${response.text()}` };
  },
});

const environment = tool({
  ...plain,
  name: 'environment',
  description: 'Gives the environment of a program that it starts.',
  needs: { run: exec('printenv', []) },
  run: async (_, { run }) => ({ text: (await run.run({})).stdout }),
});

const missing = tool({
  ...plain,
  name: 'missing',
  description: 'Runs a program that fails.',
  input: z.strictObject({ name: z.string().max(20) }),
  needs: { run: exec('printenv', [arg.positional('name', arg.pattern('^[A-Z_]{1,20}$'))]) },
  run: async ({ name }, { run }) => ({ text: (await run.run({ name })).stdout }),
});

const document = tool({
  ...plain,
  name: 'document',
  description: 'Reads a file, and one that is not there.',
  input: z.strictObject({ path: z.string().max(100) }),
  untrusted: ['path'],
  needs: { documents: files('documents', 'read') },
  run: async ({ path }, { documents }) => ({ text: inspect(await documents.read(path)) }),
});

/** The password of the database is a secret of the deployment. */
export const query: Tool = tool({
  ...plain,
  name: 'query',
  description: 'Asks the database, and for what is not there.',
  input: z.strictObject({ wrong: z.boolean() }),
  needs: { db: sql('desk', 'read') },
  async run({ wrong }, { db }) {
    const rows = wrong ? await db.all`select nothing from nowhere` : await db.all`select current_user as name`;
    return { text: inspect(rows) };
  },
});

const letter = resource({
  name: 'letter',
  uri: 'canary://letter',
  scope: 'text:read',
  needs: all,
  read: async (ctx) => ({ text: await spill(ctx) }),
});

const broken = resource({
  name: 'broken',
  uri: 'canary://broken',
  scope: 'text:read',
  needs: all,
  async read(ctx): Promise<{ text: string }> {
    throw new Error(await spill(ctx));
  },
});

const greeting = prompt({
  name: 'greeting',
  description: 'Greets with what it holds.',
  arguments: z.strictObject({}),
  scope: 'text:read',
  needs: all,
  get: async (_, ctx) => [{ role: 'user', content: { type: 'text', text: await spill(ctx) } }],
});

/** Everything but the database. */
export const declared: ServerOptions = {
  name: 'canary',
  version: '1.0.0',
  tools: [print, printInside, fail, ask, keep, upstream, environment, missing, document],
  resources: [letter, broken],
  prompts: [greeting],
};

const definition: ServerDefinition = server(declared);

export default definition;
