import * as z from 'zod';
import notes from '../../examples/notes/server.ts';
import { content, server, type ServerDefinition, tool } from '../../src/index.ts';

const Nothing = z.strictObject({});
const Name = z.strictObject({ name: z.string().min(1).max(80) });
const Colour = z.strictObject({ colour: z.enum(['red', 'green']), sure: z.boolean() });

const greet = tool({
  name: 'greet',
  description: 'Ask the person for a name and a colour, one after the other.',
  input: Nothing,
  output: content('text'),
  scope: 'notes:read',
  effect: 'read',
  asks: ['elicitation'],
  async run(_, ctx) {
    const name = await ctx.elicit({ key: 'name', message: 'What is your name?', schema: Name });
    if (name.action !== 'accept') return [{ type: 'text', text: `The name: ${name.action}` }];
    const colour = await ctx.elicit({ key: 'colour', message: 'Which colour?', schema: Colour });
    const text = colour.action === 'accept' ? `${name.content.name} likes ${colour.content.colour}` : colour.action;
    return [{ type: 'text', text }];
  },
});

const count = tool({
  name: 'count',
  description: 'Count to a number, telling how far it is and what it does.',
  input: z.strictObject({ to: z.int().min(1).max(10) }),
  output: z.strictObject({ counted: z.int() }),
  scope: 'notes:read',
  effect: 'read',
  run({ to }, { log, progress }) {
    for (let step = 1; step <= to; step += 1) progress(step, to, `step ${step}`);
    log.debug('not asked for');
    log.warning('counted', { to });
    return { counted: to };
  },
});

const touch = tool({
  name: 'touch_about',
  description: 'Tell subscribers that notes://about changed.',
  input: Nothing,
  output: z.strictObject({ touched: z.boolean() }),
  scope: 'notes:read',
  effect: 'read',
  run(_, { changed }) {
    changed.resource('notes://about');
    return { touched: true };
  },
});

const { tools = [], ...rest } = notes.options;

/** The notes example with a tool for each thing that notes do not need: questions, progress, log lines, updates. */
const interop: ServerDefinition = server({ ...rest, tools: [...tools, greet, count, touch] });

export default interop;
