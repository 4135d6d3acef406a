import { readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { ControlMeta } from '../../src/pipeline/control.ts';

const Reach = z.union([z.literal(true), z.strictObject({ not: z.string().min(1) })]);

const Meta: z.ZodType<ControlMeta> = z.strictObject({
  id: z.string().regex(/^[a-z]+(?:-[a-z0-9]+)*$/),
  title: z.string().min(1),
  failureTitle: z.string().min(1),
  severity: z.enum(['critical', 'high', 'medium', 'low']),
  catalogue: z.array(z.string()),
  references: z.array(z.string()),
  since: z.string().regex(/^\d+\.\d+\.\d+$/),
  aliases: z.array(z.string()),
  insecure: z.string().regex(/^insecure[A-Z]/),
  reach: z.strictObject({
    http: Reach,
    stdio: Reach,
    server: Reach.exactOptional(),
    gateway: Reach,
    modern: Reach,
    legacy: Reach,
  }),
});

/**
 * Reads what each slice in `src/controls` says of itself, in alphabetical order.
 * Folders without a `meta.ts` are left out: the house test reports them.
 *
 * @throws {Error} when a `meta.ts` exports nothing that is a control's meta, or names another folder.
 */
export async function readSlices(root: string): Promise<readonly ControlMeta[]> {
  const folder = join(root, 'src/controls');
  const names = existsSync(folder) ? (await readdir(folder)).toSorted() : [];
  const found: ControlMeta[] = [];
  for (const name of names) {
    const file = join(folder, name, 'meta.ts');
    if (existsSync(file)) found.push(await readMeta(file, name));
  }
  return found;
}

async function readMeta(file: string, folder: string): Promise<ControlMeta> {
  const module: unknown = await import(pathToFileURL(file).href);
  const exported = Object.values(z.record(z.string(), z.unknown()).parse({ ...Object(module) }));
  const results = exported.map((value) => Meta.safeParse(value));
  const meta = results.find((result) => result.success)?.data;
  if (meta === undefined) {
    const why = results.map((result) => (result.success ? '' : z.prettifyError(result.error))).join('\n');
    throw new Error(`src/controls/${folder}/meta.ts exports no control meta:\n${why}`);
  }
  if (meta.id !== folder) throw new Error(`src/controls/${folder}/meta.ts calls itself '${meta.id}'`);
  return meta;
}
