import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import type { SandboxDeployment } from '../../sandbox/options.ts';

const count = (least: number, what: string): z.ZodExactOptional<z.ZodNumber> =>
  z.int().min(least).max(Number.MAX_SAFE_INTEGER).exactOptional().describe(what);

/** The section `sandbox`: bounds on handlers that run in a sandbox. Paths are as written. */
export const sandboxSection: z.ZodType<SandboxDeployment> = z
  .strictObject({
    memoryBytes: count(1, 'Memory of one handler, beside what Node itself takes; 256 MiB when left out.'),
    heapBytes: count(1, 'Heap of JavaScript within it; 128 MiB when left out.'),
    temporaryBytes: count(1, 'Temporary folder of one handler; 16 MiB when left out.'),
    cpuSeconds: count(1, 'Processor time of one handler over all its calls; 120 when left out.'),
    openFiles: count(1, 'Open files of one handler; 64 when left out.'),
    perPrincipal: count(1, 'Handlers of one principal; 4 when left out.'),
    total: count(1, 'Handlers of everyone; 16 when left out.'),
    ready: count(0, 'Handlers that are kept started for a first call; 1 when left out.'),
    calls: count(1, 'Calls after which a handler is replaced; 200 when left out.'),
    waiting: count(1, 'Calls of one principal that wait for a place; 32 when left out.'),
    idle: z
      .templateLiteral([z.number().min(0).max(1_000_000), z.enum(['ms', 's', 'm', 'h'])])
      .exactOptional()
      .describe('How long an idle handler is kept; 1m when left out. A number with ms, s, m or h.'),
    reads: z
      .array(
        z
          .string()
          .min(1)
          .max(1024)
          .describe(
            "Path that the server's modules read while they load. A relative path is taken from the folder of this file.",
          ),
      )
      .max(64)
      .exactOptional()
      .describe("Paths that the server's modules read while they load."),
  })
  .describe('Bounds on handlers that run in a sandbox.');

/** The section as the host takes it. */
export function sandboxOf(file: string, { reads, ...section }: SandboxDeployment): SandboxDeployment {
  if (reads === undefined) return section;
  return { ...section, reads: reads.map((path) => resolve(dirname(resolve(file)), path)) };
}
