import * as z from 'zod';
import { tool, type Tool } from '../index.ts';

/** The smallest tool that is right in everything. */
export const echo: Tool = tool({
  name: 'echo',
  description: 'Gives back the text.',
  input: z.strictObject({ text: z.string().max(200) }),
  output: z.strictObject({ text: z.string() }),
  scope: 'text:read',
  effect: 'read',
  run: ({ text }) => ({ text }),
});
