import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { z } from 'zod';
import type { DescribeInput, RolloutInput } from './inputs.js';

const run = promisify(execFile);

function operand(word: string): string {
  if (word.startsWith('-')) throw new Error(`an option in the place of a name: ${word}`);
  return word;
}

export async function describe(input: z.infer<typeof DescribeInput>): Promise<string> {
  const args = ['describe', operand(input.resourceType), operand(input.name)];
  if (input.namespace) args.push('-n', operand(input.namespace));
  const { stdout } = await run('kubectl', args, { maxBuffer: 10_000_000 });
  return stdout;
}

export async function rollout(input: z.infer<typeof RolloutInput>): Promise<string> {
  const { stdout } = await run('kubectl', ['rollout', 'status', `deployment/${input.deployment}`, '--timeout=5s']);
  return stdout;
}
