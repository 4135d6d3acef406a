import * as z from 'zod';

/** The section `permissions`: what the server may touch beside what it declares. Paths are as written. */
export interface PermissionsSection {
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly addons?: boolean;
  readonly workers?: boolean;
  readonly children?: boolean;
}

const paths = (what: string): z.ZodType<readonly string[]> =>
  z
    .array(z.string().min(1).max(1024))
    .max(64)
    .describe(
      `${what} A folder stands for everything under it. A relative path is taken from the folder of this file.`,
    );

/** Paths beside the declared ones. */
export const permissionsSection: z.ZodType<PermissionsSection> = z
  .strictObject({
    read: paths('Paths that the server may read beside what its needs declare.').exactOptional(),
    write: paths('Paths that the server may write, and read, beside what its needs declare.').exactOptional(),
    addons: z.boolean().exactOptional().describe('Whether packages may load native code, which nothing confines.'),
    workers: z.boolean().exactOptional().describe('Whether its code may start threads of its own.'),
    children: z.boolean().exactOptional().describe('Whether its code may start any program, which nothing confines.'),
  })
  .describe('What the code of the server may touch beside what its needs declare.');
