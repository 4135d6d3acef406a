import * as z from 'zod';
import type { Isolation } from '../../pipeline/catalog.ts';
import type { Effect } from '../../pipeline/catalog.ts';
import type { Allowance } from './compare.ts';

/** What came of one sample. */
export interface SampleResult {
  readonly label: string;
  /** Why the call did not end as it should: a refusal's code, or an error in words. */
  readonly failure?: string;
}

/** What the process that runs one tool tells of it. */
export interface ToolFacts {
  readonly tool: string;
  readonly effect: Effect;
  readonly isolation: Isolation;
  readonly samples: readonly SampleResult[];
  readonly allowance: Allowance;
  readonly mistake?: undefined;
}

const paths = z.array(z.string());

/** Reads what the process wrote: facts of the tool, or why it could not be run. */
export const Facts: z.ZodType<ToolFacts | { readonly mistake: string }> = z.union([
  z.strictObject({ mistake: z.string() }),
  z.strictObject({
    tool: z.string(),
    effect: z.enum(['read', 'write', 'destructive', 'critical']),
    isolation: z.enum(['none', 'worker', 'process']),
    samples: z.array(z.strictObject({ label: z.string(), failure: z.string().exactOptional() })),
    allowance: z.strictObject({
      reads: paths,
      writes: paths,
      programs: paths,
      addresses: paths,
      network: z.boolean(),
      own: paths,
      scratch: paths,
      sandbox: paths,
      readOnly: z.boolean(),
    }),
  }),
]);
