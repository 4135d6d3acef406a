import { dirname, resolve } from 'node:path';
import * as z from 'zod';

/** The section `roots`: folders by name. Paths are as written. */
export type RootsSection = Readonly<Record<string, string>>;

/** Folders by the name that `files(name, ...)` asks for. */
export const rootsSection: z.ZodType<RootsSection> = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/),
    z.string().min(1).max(1024).describe('The folder. A relative path is taken from the folder of this file.'),
  )
  .describe('Folders by the name that files(name, ...) asks for: lower-case letters, digits, - and _.');

/** The folders, absolute. */
export function resolveRoots(file: string, roots: RootsSection): Readonly<Record<string, string>> {
  const base = dirname(resolve(file));
  return Object.fromEntries(Object.entries(roots).map(([name, path]) => [name, resolve(base, path)]));
}
