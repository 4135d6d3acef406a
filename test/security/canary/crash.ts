import { inspect } from 'node:util';
import * as z from 'zod';
import { secrets, server, serveStream, tool } from '../../../src/index.ts';

/** Serves tools that end their process, over standard input and output. Its argument is the file of a secret. */
const [path = ''] = process.argv.slice(2);
const plain = { scope: 'text:read', effect: 'read', input: z.strictObject({}), output: z.strictObject({}) } as const;
const needs = { inFile: secrets('in-file'), inEnv: secrets('in-env') };

const crash = tool({
  ...plain,
  name: 'crash',
  description: 'Throws where nobody catches it.',
  needs,
  async run(_, { inFile, inEnv }) {
    await Promise.all([inFile.hmac('sha256', 'x'), inEnv.hmac('sha256', 'x')]);
    setImmediate(() => {
      throw new Error(`with ${inspect(inFile, { showHidden: true, customInspect: false })}`, { cause: inEnv });
    });
    return {};
  },
});

const exhaust = tool({
  ...plain,
  name: 'exhaust',
  description: 'Takes memory until there is none.',
  needs,
  async run(_, { inFile }) {
    const kept: unknown[] = [];
    for (;;) kept.push(await inFile.hmac('sha512', String(kept.length)), Array.from({ length: 10_000 }, Math.random));
  },
});

await serveStream(server({ name: 'crash', version: '1.0.0', tools: [crash, exhaust] }), {
  profile: 'dev',
  secrets: { 'in-file': { from: `file:${path}` }, 'in-env': { from: 'env:PORTCULLIS_CANARY' } },
});
