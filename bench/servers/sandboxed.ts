import { runInThisContext } from 'node:vm';
import * as z from 'zod';
import { server, tool, type ServerDefinition, type Tool } from '../../src/index.ts';

const input = z.strictObject({ text: z.string().max(4_000) });
const output = z.strictObject({ text: z.string().max(10_000) });
const common = { input, output, scope: 'text:read', effect: 'read' } as const;

/** Gives its text back: what is measured is the way there and back. */
function echo(name: string, sandbox: 'none' | 'worker' | 'process'): Tool {
  return tool({ ...common, name, description: 'Gives back the text.', sandbox, run: ({ text }) => ({ text }) });
}

/** Does what it is told, for as long as it is let. */
const hog: Tool = tool({
  ...common,
  name: 'hog',
  description: 'Evaluates the text.',
  sandbox: 'process',
  limits: { timeout: '20s', perMinute: 100_000, burst: 10_000 },
  run: async ({ text }) => ({ text: String(await (runInThisContext(text) as unknown)) }),
});

/** URL of this module. */
export const module: string = import.meta.url;

const definition: ServerDefinition = server({
  name: 'sandboxed',
  version: '1.0.0',
  tools: [echo('here', 'none'), echo('worker', 'worker'), echo('process', 'process'), hog],
});

export default definition;
