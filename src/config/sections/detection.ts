import * as z from 'zod';
import type { DetectionRules } from '../../pipeline/detection.ts';

const mode = z.enum(['off', 'flag', 'refuse']);

/** What is done about orders to a model in what strangers write. */
export const detectionSection: z.ZodType<Partial<DetectionRules>> = z
  .strictObject({
    read: mode.exactOptional().describe('For tools that read, resources and prompts; flag when left out.'),
    write: mode.exactOptional().describe('For tools that write; flag when left out.'),
    destructive: mode.exactOptional().describe('For destructive tools; flag when left out.'),
    critical: mode.exactOptional().describe('For critical tools; flag when left out.'),
  })
  .describe(
    'What is done when arguments, results or questions of what gives untrusted text look like orders to a model: off, flag (a label and a record), or refuse.',
  );
