import { dirname, resolve } from 'node:path';
import { parseReference } from '../secrets/reference.ts';
import { isObject } from '../protocol/json.ts';
import { SERVICE_ACCOUNT } from '../secrets/provider-settings.ts';
import { placeAt } from './json-schema.ts';
import type { ConfigFile } from './read.ts';

/** How the schema describes every path of a configuration. */
const IS_PATH = 'A relative path is taken from the folder of this file.';

/**
 * Absolute paths of every file and folder that a configuration names: keys, certificates, files of secrets. Which
 * of its texts are paths is read from the words of its schema, so that a new section is not forgotten.
 */
export function namedPaths({ file, config }: ConfigFile): readonly string[] {
  const base = dirname(resolve(file));
  const found: string[] = [];
  visit(config, [], (path, text) => {
    // What these are for is said elsewhere: by the needs of tools, and by the operator.
    if (path[0] === 'roots' || path[0] === 'permissions') return;
    const words = placeAt(path).description ?? placeAt(path.slice(0, -1)).description ?? '';
    if (text !== ':memory:' && words.includes(IS_PATH)) found.push(resolve(base, text));
  });
  const signIn = config.secretProviders?.vault?.auth;
  if (signIn?.kind === 'kubernetes' && signIn.file === undefined) found.push(SERVICE_ACCOUNT);
  for (const { from } of Object.values(config.secrets ?? {})) {
    const reference = parseReference(from);
    if (reference?.scheme === 'file' || reference?.scheme === 'age') found.push(resolve(base, reference.locator));
  }
  return [...new Set(found)].toSorted();
}

type Path = readonly (string | number)[];

function visit(value: unknown, path: Path, hear: (path: Path, text: string) => void): void {
  if (typeof value === 'string') hear(path, value);
  else if (Array.isArray(value)) value.forEach((member, index) => visit(member, [...path, index], hear));
  else if (isObject(value)) for (const [key, member] of Object.entries(value)) visit(member, [...path, key], hear);
}
