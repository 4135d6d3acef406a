import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { readClient } from './clients.ts';
import { readCompose } from './compose.ts';
import { isDockerfile, readDockerfile } from './dockerfile.ts';
import { readKubernetes } from './kubernetes.ts';
import { readLocated } from './located.ts';
import type { ClientServer, FilesSubject, NetworkRule, Workload } from './parts.ts';

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_FILES = 20_000;
const MOST_DEPTH = 32;
/** Not what a project deploys. */
const PASSED_BY: ReadonlySet<string> = new Set(['node_modules', '.git', 'dist', 'build', 'coverage', '.venv', 'venv']);
const DATA = /\.(?:json|jsonc|ya?ml)$/i;

type Collected = { -readonly [K in keyof FilesSubject]: FilesSubject[K][number][] };

/**
 * Reads the configuration in a file or a folder: client configurations, Dockerfiles, Compose and Kubernetes. Nothing of it is
 * executed, no link is followed, and what cannot be read is told.
 * @throws TypeError when there is nothing at the path.
 */
export async function gatherFiles(path: string): Promise<FilesSubject> {
  const root = await realpath(path).catch(() => undefined);
  if (root === undefined) throw new TypeError(`There is nothing at ${path}.`);
  const found: Collected = { servers: [], dockerfiles: [], workloads: [], networkRules: [], files: [], unread: [] };
  const stat = await lstat(root);
  const isFile = stat.isFile();
  if (!isFile && !stat.isDirectory()) throw new TypeError(`${path} is no file and no folder.`);
  const files = isFile ? [root] : await listFiles(root, found);
  for (const file of files) {
    const name = isFile ? basename(root) : relative(root, file);
    if (!isFile && !isDockerfile(name) && !DATA.test(name)) continue;
    try {
      readInto(name, await readBounded(file), isFile, found);
    } catch (error) {
      found.unread.push({ file: name, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return found;
}

function readInto(file: string, text: string, isOnly: boolean, found: Collected): void {
  if (isDockerfile(file) || (isOnly && /^\s*(?:#[^\n]*\n\s*)*(?:FROM|ARG)\s/i.test(text))) {
    found.dockerfiles.push(readDockerfile(file, text));
    found.files.push(file);
    return;
  }
  // Most data files of a project are none of these: they are not read to the end.
  if (!isOnly && !/(?:mcpServers|servers|services|apiVersion)["']?\s*:/.test(text)) return;
  let isKnown = false;
  for (const root of readLocated(text)) {
    const servers = readClient(file, root);
    const services = servers === undefined ? readCompose(file, root) : undefined;
    const manifest = servers === undefined && services === undefined ? readKubernetes(file, root) : undefined;
    found.servers.push(...((servers ?? []) as ClientServer[]));
    found.workloads.push(...([...(services ?? []), ...(manifest?.workloads ?? [])] as Workload[]));
    found.networkRules.push(...((manifest?.networkRules ?? []) as NetworkRule[]));
    isKnown ||= servers !== undefined || services !== undefined || manifest !== undefined;
  }
  if (isKnown) found.files.push(file);
  else if (isOnly)
    throw new TypeError('it is no client configuration, no Dockerfile, no Compose file and no manifest of Kubernetes');
}

async function listFiles(root: string, found: Collected): Promise<readonly string[]> {
  const files: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.toSorted((a, b) => a.name.localeCompare(b.name))) {
      const path = join(folder, entry.name);
      if (files.length >= MOST_FILES || depth > MOST_DEPTH) {
        found.unread.push({ file: relative(root, path), why: 'there are more files than are read' });
        return;
      }
      // A link may lead out of the target.
      if (entry.isDirectory() && !PASSED_BY.has(entry.name)) await walk(path, depth + 1);
      else if (entry.isFile()) files.push(path);
    }
  };
  await walk(root, 0);
  return files;
}

/**
 * Reads a file of a target as text; a link is not followed.
 * @throws TypeError when it is larger than 4 MiB.
 */
export async function readBounded(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw new TypeError(`it has ${size} bytes, and ${MOST_BYTES} are read at most`);
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
  } finally {
    await file.close();
  }
}
