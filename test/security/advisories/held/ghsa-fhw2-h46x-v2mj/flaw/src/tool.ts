import type { Page } from 'playwright';
import type { z } from 'zod';

export interface ToolDefinition<Input extends z.ZodObject> {
  schema: { name: string; description: string; inputSchema: Input };
  handle(page: Page, params: z.output<Input>): Promise<string>;
}

export function defineTool<Input extends z.ZodObject>(tool: ToolDefinition<Input>): ToolDefinition<Input> {
  return tool;
}
