import * as z from 'zod';
import type { MediaOptions } from '../../media/options.ts';

/** Pictures, sounds and files in results. */
export const mediaSection: z.ZodType<MediaOptions> = z
  .strictObject({
    types: z
      .array(z.string().regex(/^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,126}$/))
      .min(1)
      .max(200)
      .exactOptional()
      .describe('MIME types that may leave, instead of the usual ones.'),
    maxBytes: z
      .int()
      .min(1)
      .max(1024 ** 3)
      .exactOptional()
      .describe('Most bytes of one picture, sound or blob, decoded; 8 Mi when left out.'),
    maxPixels: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .exactOptional()
      .describe('Most pixels of one picture; 40,000,000 when left out.'),
  })
  .describe('What pictures, sounds and blobs in results may be.');
