import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../protocol/json.ts';

/** What a package says of itself, and what its lockfile does (SUP-05): nothing that has to be looked for elsewhere. */
export interface PackageFacts {
  readonly author?: string;
  readonly repository?: string;
  readonly license?: string;
  /** Packages that were installed with it, itself included. */
  readonly packages: number;
  /** Those of them that have install scripts, which were not run. */
  readonly installScripts: readonly string[];
}

const MOST = 200;

/** Reads the facts of an installed package. */
export async function readFacts(root: string, name: string): Promise<PackageFacts> {
  const manifest = await readObject(join(root, 'node_modules', name, 'package.json'));
  const lock = await readObject(join(root, 'package-lock.json'));
  const packages = Object.entries(isObject(lock['packages']) ? lock['packages'] : {}).filter(([path]) => path !== '');
  const author = textOf(manifest['author'], 'name');
  const repository = textOf(manifest['repository'], 'url');
  const license = textOf(manifest['license'], 'type');
  return {
    ...(author === undefined ? {} : { author }),
    ...(repository === undefined ? {} : { repository }),
    ...(license === undefined ? {} : { license }),
    packages: packages.length,
    installScripts: packages
      .filter(([, entry]) => isObject(entry) && entry['hasInstallScript'] === true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
  };
}

async function readObject(path: string): Promise<JsonObject> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  return isObject(value) ? value : {};
}

function textOf(value: unknown, key: string): string | undefined {
  const text = isObject(value) ? value[key] : value;
  return typeof text === 'string' && text !== '' ? text.slice(0, MOST) : undefined;
}
