import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const OWN = ['../../src/', '../../dist/', '../../bin/'].map((folder) => new URL(folder, import.meta.url).href);
const traced = new WeakMap<object, Readonly<Record<string, string>>>();

/**
 * Does a piece of loading and gives the digest of each module that it brought in: SHA-256 in base64url, by the path from
 * the entry. Packages are left out, for the lockfile holds them by their integrity, and so is this product.
 */
export async function traceCode<T>(
  entry: string,
  load: () => Promise<T>,
): Promise<{ readonly loaded: T; readonly code: Readonly<Record<string, string>> }> {
  const seen = new Set<string>();
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      if (isTraced(url)) seen.add(url.replace(/[?#].*$/, ''));
      return nextLoad(url, context);
    },
  });
  try {
    const loaded = await load();
    const base = new URL('.', entry).href;
    const digests = [...seen].toSorted().map((url) => {
      const digest = createHash('sha256')
        .update(readFileSync(fileURLToPath(url)))
        .digest('base64url');
      return [posix.relative(new URL(base).pathname, new URL(url).pathname), digest] as const;
    });
    return { loaded, code: Object.fromEntries(digests) };
  } finally {
    hooks.deregister();
  }
}

function isTraced(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !OWN.some((folder) => url.startsWith(folder));
}

/** Remembers the modules of a server that was loaded. */
export function rememberCode(definition: object, code: Readonly<Record<string, string>>): void {
  traced.set(definition, code);
}

/** The modules of a server that was loaded; none when it was made in the program. */
export function codeOf(definition: object): Readonly<Record<string, string>> {
  return traced.get(definition) ?? {};
}
