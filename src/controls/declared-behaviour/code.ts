import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[/\\]$/, '');

/** What this product is made of: its source or its build, and the packages that it loads when it needs them. */
export function ownCode(): readonly string[] {
  const own = ['src', 'dist', 'bin', 'package.json'].map((name) => join(ROOT, name));
  return [...own, ...packageFolders(ROOT)];
}

/** The folders in which Node looks for packages on behalf of a folder: code, and nothing of the deployment's. */
export function packageFolders(from: string): readonly string[] {
  const found: string[] = [];
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules');
    if (!at.endsWith('node_modules') && existsSync(folder)) found.push(folder);
    if (at === dirname(at)) return found;
  }
}

/** The nearest folder with a `package.json`, or the folder itself: what a module is part of. */
export function packageOf(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'package.json'))) return at;
  return folder;
}
