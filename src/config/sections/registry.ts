import * as z from 'zod';
import { trustedKeys, type TrustedKeySection } from './manifest.ts';

/** The section `registry`. Paths are as written. */
export interface RegistrySection {
  readonly approvers: readonly TrustedKeySection[];
}

/** Whose approvals of the tools of upstreams count. */
export const registrySection: z.ZodType<RegistrySection> = z
  .strictObject({
    approvers: trustedKeys.describe(
      'Keys of those who approve tools of upstreams. Nobody approves what they have pinned themselves.',
    ),
  })
  .describe('The gateway serves what one of these keys has signed with portcullis gateway approve, and nothing else.');
