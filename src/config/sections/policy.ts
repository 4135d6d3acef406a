import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import type { PolicyOptions } from '../../policy/options.ts';

/** The `policy` section. */
export interface PolicySection {
  readonly directory: string;
  readonly default: 'scopes' | 'deny';
}

/** Schema of the `policy` section. */
export const policySection: z.ZodType<PolicySection> = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .max(1024)
      .describe('Folder of the Cedar policies, *.cedar. A relative path is taken from the folder of this file.'),
    default: z
      .enum(['scopes', 'deny'])
      .describe('What holds where no policy says anything: scopes (the scopes decide) or deny.'),
  })
  .describe('Cedar policies over principal, client, tool, arguments and context.');

/** The section of a configuration file as the host takes it. */
export function policyOf(file: string, section: PolicySection): PolicyOptions {
  return { directory: resolve(dirname(resolve(file)), section.directory), default: section.default };
}
