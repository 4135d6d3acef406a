import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a trailing slash. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

const LEFT_OUT: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist', 'results', 'coverage', '.portcullis']);
const BINARY = /\.(?:png|jpg|gif|ico|woff2|wasm|gz|tgz|db|sqlite)$/;

/** Paths, from the root, of every text file that belongs to the repository, in alphabetical order. */
export function repositoryFiles(): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (LEFT_OUT.has(entry.name) || entry.name.endsWith('.log')) continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && !BINARY.test(entry.name)) found.push(path);
    }
  };
  walk('');
  return found.toSorted();
}

/** The content of a file, by its path from the root. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The TypeScript files among paths, without the flawed servers that the audit is measured by. */
export function sources(paths: readonly string[]): readonly string[] {
  return paths.filter(
    (path) =>
      /^(?:src|test|examples|bench|scripts)\/.*\.ts$/.test(path) && !path.startsWith('test/security/advisories/'),
  );
}

/** Files of `src` that are shipped: all but tests. Fixtures are, for `portcullis prove` attacks them. */
export function shipped(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => /^src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'));
}
