import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { manifestPath } from './manifest.ts';
import type { ConfigFile } from './read.ts';
import type { Path } from './yaml.ts';

type Add = (path: Path, message: string) => void;

/**
 * Checks that what a configuration names is there: the manifest and its keys, the folders of policies and of `files`, the
 * programs of `exec`. A confined process does not look: it may read only what its tools use, and was checked before.
 */
export async function checkPlaces(source: ConfigFile, add: Add): Promise<void> {
  if (process.permission !== undefined) return;
  const { manifest, policy, roots = {}, programs = {} } = source.config;
  const at = (path: string): string => resolve(dirname(resolve(source.file)), path);
  if (manifest !== undefined && !(await mayRead(manifestPath(source) ?? '')))
    add(['manifest', 'file'], `manifest.file: ${at(manifest.file)} cannot be read. ${MANIFEST}`);
  for (const role of ['build', 'approve'] as const) {
    for (const [index, { key }] of (manifest?.[role] ?? []).entries()) {
      if (await mayRead(at(key))) continue;
      const where = `manifest.${role}[${index}].key`;
      add(['manifest', role, index, 'key'], `${where}: ${at(key)} cannot be read. It is the public key, *.pub.`);
    }
  }
  if (policy !== undefined && !(await isFolder(at(policy.directory))))
    add(['policy', 'directory'], `policy.directory: ${at(policy.directory)} is no folder. Make it, or mend the path.`);
  for (const [name, folder] of Object.entries(roots)) {
    if (!(await isFolder(at(folder))))
      add(['roots', name], `roots.${name}: ${at(folder)} is no folder. Make it, or mend the path.`);
  }
  for (const [name, program] of Object.entries(programs)) {
    if (!(await may(program, constants.X_OK)))
      add(['programs', name], `programs.${name}: ${program} cannot be run. Install it, or mend the path.`);
  }
}

const MANIFEST = 'Make it with: portcullis manifest build <module>';

const mayRead = (path: string): Promise<boolean> => may(path, constants.R_OK);

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
