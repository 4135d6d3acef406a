import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rememberCode, traceCode } from '../manifest/code.ts';
import { isObject } from '../protocol/json.ts';
import type { ServerDefinition } from '../server/server.ts';
import { Mistake, whereIn } from './mistake.ts';

/**
 * Imports a module and gives its default export, a declared server.
 * @throws Mistake when there is no such file, it cannot be loaded, or it exports no server.
 */
export async function loadServer(path: string): Promise<ServerDefinition> {
  const file = resolve(path);
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts?.isFile() !== true) {
    throw new Mistake(`there is no file ${path}. Name a module whose default export is server({ ... }).`);
  }
  const { href } = pathToFileURL(file);
  let loaded: unknown;
  let code: Readonly<Record<string, string>>;
  try {
    ({ loaded, code } = await traceCode<unknown>(href, () => import(href)));
  } catch (error) {
    throw new Mistake(`${path} could not be loaded: ${whereIn(error, href)}`, { cause: error });
  }
  const definition = isObject(loaded) ? loaded['default'] : undefined;
  if (!isServer(definition)) {
    throw new Mistake(`${path} has no server as its default export. End it with: export default server({ ... });`);
  }
  rememberCode(definition, code);
  return definition;
}

/** URL of the module at a path, for what loads it again in a process or thread of its own. */
export function moduleUrl(path: string): string {
  return pathToFileURL(resolve(path)).href;
}

function isServer(value: unknown): value is ServerDefinition {
  return isObject(value) && value['kind'] === 'server' && isObject(value['options']);
}
