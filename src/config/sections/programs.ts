import * as z from 'zod';

/** The section `programs`: absolute files by the name that `exec(name, ...)` asks for. */
export const programsSection: z.ZodType<Readonly<Record<string, string>>> = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/),
    z
      .string()
      .min(2)
      .max(1024)
      .regex(/^\/.+$/)
      .describe('The absolute path of a program: /usr/bin/pdftotext.'),
  )
  .describe(
    'Programs by the name that exec(name, ...) asks for. One that is not here is looked for in /usr/bin, /bin and /usr/local/bin.',
  );
