import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { defineTool } from './tool.js';
import { inWorkspace } from './workspace.js';

const dropFile = defineTool({
  schema: {
    name: 'browser_drop_text',
    description: 'Type the content of a local file into the focused field',
    inputSchema: z.object({ path: z.string().describe('Path of the file') }),
  },
  handle: async (page, params) => {
    const text = await readFile(await inWorkspace(params.path), 'utf8');
    await page.keyboard.insertText(text.slice(0, 10_000));
    return 'typed';
  },
});

const pressKey = defineTool({
  schema: {
    name: 'browser_press_key',
    description: 'Press a key',
    inputSchema: z.object({ key: z.enum(['Enter', 'Tab', 'Escape']) }),
  },
  handle: async (page, params) => {
    await page.keyboard.press(params.key);
    return 'pressed';
  },
});

export default [dropFile, pressKey];
