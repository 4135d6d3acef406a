import { resolve } from 'node:path';
import type { Provider, ProviderContext } from '../provider.ts';
import { readSecretFile, textOf } from './secret-file.ts';
import { watchPath } from './watch-file.ts';

/** Reads `file:<path>`: the whole file is the value. */
export function createFileProvider({ profile, folder }: ProviderContext): Provider {
  return {
    async read(locator) {
      const path = resolve(folder, locator);
      const { bytes, version, modifiedAt, problems } = await readSecretFile(path, profile);
      return { value: textOf(bytes, path), version, madeAt: modifiedAt, problems };
    },
    watch: (locator, changed) => watchPath(resolve(folder, locator), changed),
  };
}
