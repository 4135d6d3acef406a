import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';

const root = process.cwd();

/** Where a file of the workspace is. */
export async function inWorkspace(name: string): Promise<string> {
  return resolve(root, name);
}

/** How a file is named in messages. */
export async function shown(path: string): Promise<string> {
  const inside = relative(root, await realpath(path));
  return isAbsolute(inside) ? path : inside;
}
