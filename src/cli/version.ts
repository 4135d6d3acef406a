import { readFileSync } from 'node:fs';
import { isObject } from '../protocol/json.ts';

/** The package's own version; this file is two folders below it, in the source and in the build. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return isObject(manifest) ? String(manifest['version']) : '';
}
