import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { readClient } from './clients.ts';
import { readCompose } from './compose.ts';
import { isDeployment, isDeploymentFile, readDeployment } from './deployment-file.ts';
import { isDockerfile, readDockerfile } from './dockerfile.ts';
import { formatOf, type Named } from './formats.ts';
import { readGitIndex } from './git-index.ts';
import { readImages } from './image-config.ts';
import { readKubernetes } from './kubernetes.ts';
import { readLocated, type Located } from './located.ts';
import { readOsv } from './osv.ts';
import type { FilesSubject } from './parts.ts';
import { readPipeline } from './pipelines.ts';
import { readBounded } from '../read-bounded.ts';
import { joinUnits } from './systemd.ts';

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_FILES = 20_000;
const MOST_DEPTH = 32;
/** Not what a project deploys. */
const PASSED_BY: ReadonlySet<string> = new Set(['node_modules', '.git', 'dist', 'build', 'coverage', '.venv', 'venv']);
/** Where what tests start stands: nobody else runs it. */
const TRIED = /(?:^|\/)(?:tests?|__tests__|e2e|(?:__)?fixtures?(?:__)?|testdata|tests?[-_]\w+)\//i;
const DATA = /\.(?:json|jsonc|ya?ml)$/i;
/** What one of them stands in: most data files of a project are none of these, and are not read to the end. */
const SIGNS =
  /(?:mcpServers|servers|services|apiVersion|jobs|rootfs|RootFS|HostConfig)["']?\s*:|^["']?profile["']?\s*:\s*["']?(?:dev|production)\b/m;

type Collected = {
  -readonly [K in keyof Omit<FilesSubject, 'osv' | 'isRepository'>]: FilesSubject[K][number][];
} & Named;

/** What is known beside the files. */
export interface FilesOptions {
  /** A folder of OSV records: known vulnerabilities. */
  readonly osv?: string;
  /** Milliseconds since 1970. */
  readonly now?: number;
}

/**
 * Reads the configuration in a file or a folder: of clients, images, containers, clusters, services, pipelines, package managers
 * and of Portcullis itself. Nothing of it is executed, no link is followed, and what cannot be read is told.
 * @throws TypeError when there is nothing at the path.
 */
export async function gatherFiles(path: string, options: FilesOptions = {}): Promise<FilesSubject> {
  const root = await realpath(path).catch(() => undefined);
  if (root === undefined) throw new TypeError(`There is nothing at ${path}.`);
  const found = nothing();
  const stat = await lstat(root);
  const isFile = stat.isFile();
  if (!isFile && !stat.isDirectory()) throw new TypeError(`${path} is no file and no folder.`);
  const files = isFile ? [root] : withoutTemplates(root, await listFiles(root, found), found);
  const now = options.now ?? Date.now();
  for (const file of files) {
    const name = isFile ? basename(root) : relative(root, file);
    const format = formatOf(name);
    if (!isFile && format === undefined && !isDockerfile(name) && !DATA.test(name)) continue;
    try {
      const text = await readBounded(file, format?.mostBytes ?? MOST_BYTES);
      if (format === undefined)
        await readInto({ name, text, isOnly: isFile, hasLock: hasLockBeside(file), now }, found);
      else {
        format.read(name, text, found);
        found.files.push(name);
      }
    } catch (error) {
      found.unread.push({ file: name, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return completed(root, found, options, now);
}

function nothing(): Collected {
  return {
    servers: [],
    dockerfiles: [],
    workloads: [],
    networkRules: [],
    units: [],
    pipelines: [],
    images: [],
    deployments: [],
    credentials: [],
    manifests: [],
    locks: [],
    systemd: [],
    files: [],
    unread: [],
  };
}

async function completed(root: string, found: Collected, { osv }: FilesOptions, now: number): Promise<FilesSubject> {
  const tracked = await readGitIndex(root);
  const { systemd, ...rest } = found;
  const isRun = ({ file }: { readonly file: string }): boolean => !TRIED.test(file.replaceAll('\\', '/'));
  return {
    ...rest,
    dockerfiles: found.dockerfiles.filter(isRun),
    workloads: found.workloads.filter(isRun),
    units: joinUnits(systemd),
    isRepository: (await lstat(join(root, '.git')).catch(() => undefined)) !== undefined,
    credentials: found.credentials.map((each) =>
      tracked === undefined ? each : { ...each, isTracked: tracked.has(each.file) },
    ),
    ...(osv === undefined ? {} : { osv: await readOsv(osv, found.locks, now) }),
  };
}

interface Source {
  readonly name: string;
  readonly text: string;
  /** Whether it is the target itself, which is then known to be looked at. */
  readonly isOnly: boolean;
  readonly hasLock: Promise<boolean>;
  readonly now: number;
}

async function readInto(source: Source, found: Collected): Promise<void> {
  const { name, text, isOnly } = source;
  if (isDockerfile(name) || (isOnly && /^\s*(?:#[^\n]*\n\s*)*(?:FROM|ARG)\s/i.test(text))) {
    found.dockerfiles.push(readDockerfile(name, text));
    found.files.push(name);
    return;
  }
  if (!isOnly && !SIGNS.test(text) && !/(?:^|\/)(?:\.gitlab-ci|action)\.ya?ml$|(?:^|\/)\.gitlab\//.test(name)) return;
  let isKnown = false;
  for (const root of readLocated(text)) {
    if (isDeploymentFile(name) || isDeployment(root)) {
      const day = new Date(source.now).toISOString().slice(0, 10);
      found.deployments.push(await readDeployment(name, root, await source.hasLock, day));
      isKnown = true;
    } else isKnown = readDocument(name, root, found) || isKnown;
  }
  if (isKnown) found.files.push(name);
  else if (isOnly)
    throw new TypeError(
      'it is no client configuration, Dockerfile, image, Compose file, manifest of Kubernetes, service, workflow, lockfile or portcullis.yaml',
    );
}

/** Each document is of one kind: the first that knows it. */
function readDocument(file: string, root: Located, found: Collected): boolean {
  const pipeline = readPipeline(file, root);
  if (pipeline !== undefined) return found.pipelines.push(pipeline) > 0;
  const images = readImages(file, root);
  if (images !== undefined) return found.images.push(...images) > 0;
  const servers = readClient(file, root);
  if (servers !== undefined) {
    found.servers.push(...servers);
    return true;
  }
  const services = readCompose(file, root);
  if (services !== undefined) {
    found.workloads.push(...services);
    return true;
  }
  const manifest = readKubernetes(file, root);
  if (manifest === undefined) return false;
  found.workloads.push(...manifest.workloads);
  found.networkRules.push(...manifest.networkRules);
  return true;
}

async function hasLockBeside(file: string): Promise<boolean> {
  const stat = await lstat(join(dirname(file), 'portcullis.lock')).catch(() => undefined);
  return stat?.isFile() === true;
}

/** Takes out the templates of Helm, which are no manifests until they are rendered, and tells of each chart that has some. */
function withoutTemplates(root: string, files: readonly string[], found: Collected): readonly string[] {
  const charts = files
    .filter((file) => basename(file) === 'Chart.yaml')
    .map((file) => join(dirname(file), 'templates'));
  const isIn = (file: string, folder: string): boolean => file.startsWith(`${folder}/`);
  const isCharted = (file: string): boolean => charts.some((folder) => isIn(file, folder));
  for (const folder of charts.filter((each) => files.some((file) => isIn(file, each)))) {
    const chart = relative(root, dirname(folder)) || '.';
    const isPart = charts.some((other) => other !== folder && isIn(folder, dirname(other)));
    if (!isPart)
      found.unread.push({
        file: relative(root, folder),
        why: `templates of a Helm chart say nothing until they are rendered: helm template ${/^[\w./-]+$/.test(chart) ? chart : '<chart>'} > rendered.yaml, and audit that file`,
      });
  }
  return files.filter((file) => !isCharted(file));
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
