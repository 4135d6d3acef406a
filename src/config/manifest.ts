import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ManifestOptions } from '../manifest/apply.ts';
import { parseEnvelope } from '../manifest/dsse.ts';
import type { TrustedKey } from '../manifest/trust.ts';
import type { ConfigFile } from './read.ts';
import type { TrustedKeySection } from './sections/manifest.ts';

/** Absolute path of the manifest that a configuration names. */
export function manifestPath({ file, config }: ConfigFile): string | undefined {
  return config.manifest === undefined ? undefined : resolve(dirname(resolve(file)), config.manifest.file);
}

/**
 * Reads the manifest and the keys that a configuration names; nothing when it names none.
 * @throws Error that says which file cannot be read.
 */
export async function readManifestOptions(source: ConfigFile): Promise<ManifestOptions | undefined> {
  const { manifest } = source.config;
  const path = manifestPath(source);
  if (manifest === undefined || path === undefined) return undefined;
  return {
    envelope: parseEnvelope(await readText(path, 'manifest')),
    trust: {
      build: await readTrustedKeys(source, manifest.build),
      approve: await readTrustedKeys(source, manifest.approve),
    },
  };
}

/**
 * Reads the keys of a section.
 * @throws Error that says which file cannot be read.
 */
export function readTrustedKeys(
  { file }: ConfigFile,
  keys: readonly TrustedKeySection[],
): Promise<readonly TrustedKey[]> {
  const base = dirname(resolve(file));
  return Promise.all(keys.map(async (entry) => ({ ...entry, key: await readText(resolve(base, entry.key), 'key') })));
}

async function readText(path: string, what: 'manifest' | 'key'): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const mend = what === 'manifest' ? 'Make it with: portcullis manifest build <module>' : 'Check the path.';
    throw new Error(`${path} cannot be read. ${mend}`, { cause: error });
  }
}
