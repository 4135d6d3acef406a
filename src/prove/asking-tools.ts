import * as z from 'zod';
import { tool, type Tool } from '../index.ts';
import type { Ctx } from '../server/ctx.ts';

/** A tool without arguments that puts a question, and tells what it came to. */
export function asking(name: string, asks: Tool['options']['asks'], ask: (ctx: Ctx) => Promise<unknown>): Tool {
  return tool({
    name,
    description: 'Asks its client something.',
    input: z.strictObject({}),
    output: z.strictObject({ answer: z.string().max(200) }),
    scope: 'text:read',
    effect: 'read',
    ...(asks === undefined ? {} : { asks }),
    run: async (_, ctx) => ({ answer: JSON.stringify(await ask(ctx)).slice(0, 200) }),
  });
}

/** Asks a person for a colour. */
export function askColour(ctx: Ctx): Promise<unknown> {
  return ctx.elicit({ message: 'Which colour?', schema: z.strictObject({ colour: z.string().max(20) }) });
}

/** Asks the client's model. */
export function askModel(ctx: Ctx): Promise<unknown> {
  return ctx.sample({ messages: [{ role: 'user', content: { type: 'text', text: 'Which colour?' } }], maxTokens: 10 });
}

/** Sends a person to a page. */
export function askByPage(ctx: Ctx): Promise<unknown> {
  return ctx.elicitUrl({ message: 'Please choose there.', url: 'https://colours.example/choose' });
}
