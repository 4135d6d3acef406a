import * as z from 'zod';
import type { AcceptedFinding } from '../../pipeline/start.ts';

/** The section `manifest`. Paths are as written. */
export interface ManifestSection {
  readonly file: string;
  readonly build: readonly TrustedKeySection[];
  readonly approve: readonly TrustedKeySection[];
}

/** A key that is trusted, by its file. */
export interface TrustedKeySection {
  readonly key: string;
  readonly owner: string;
  readonly until: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const line = (most: number): z.ZodString => z.string().min(1).max(most);
const day = z.string().regex(DAY, 'Give a day, such as 2027-06-30.');

/** Public keys that are trusted, each with its holder and its last day. */
export const trustedKeys: z.ZodType<readonly TrustedKeySection[]> = z
  .array(
    z.strictObject({
      key: line(1024).describe(
        'PEM file of an Ed25519 public key. A relative path is taken from the folder of this file.',
      ),
      owner: line(256).describe('Who holds the private key.'),
      until: day.describe('Last day on which its signatures count.'),
    }),
  )
  .min(1)
  .max(16);

/** The signed manifest and whom it takes to sign it. */
export const manifestSection: z.ZodType<ManifestSection> = z
  .strictObject({
    file: line(1024).describe(
      'The manifest, as portcullis manifest build makes it. A relative path is taken from the folder of this file.',
    ),
    build: trustedKeys.describe('Keys of those who build.'),
    approve: trustedKeys.describe('Keys of those who approve; none of them may build.'),
  })
  .describe('The signed manifest: what is not as it says is not offered.');

/** Findings of the description scan that someone has looked at. */
export const acceptedSection: z.ZodType<readonly AcceptedFinding[]> = z
  .array(
    z.strictObject({
      where: line(256).describe('Where it was found: tool "search", or server.'),
      rule: line(64).describe('Id of the rule.'),
      reason: line(500).describe('Why it is no harm.'),
      until: day.describe('Last day on which it is accepted.'),
    }),
  )
  .max(100)
  .describe('Findings of the description scan that someone has looked at.');
