import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { locatedOf } from '../evidence/plain-values.ts';
import { readClient } from '../gather/clients.ts';
import { gatherFiles } from '../gather/files.ts';
import { member, membersOf, readLocated, type Located } from '../gather/located.ts';
import type { ClientServer } from '../gather/parts.ts';
import { describeEntry, foundServer, type FoundServer, type Search } from './found.ts';
import { readTomlServers } from './toml-servers.ts';

const CODE = ['Code', 'Code - Insiders', 'VSCodium', 'Cursor', 'Windsurf'];
const OF_CODE = [
  'User/mcp.json',
  'User/settings.json',
  'User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json',
  'User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json',
];
/** Where programs keep their settings: Linux, macOS, Windows. */
const SETTINGS = ['.config', 'Library/Application Support', 'AppData/Roaming'];

/** Where known clients keep the servers that they start, below a home folder. */
const CLIENT_PLACES: readonly string[] = [
  ...SETTINGS.flatMap((base) => [
    `${base}/Claude/claude_desktop_config.json`,
    `${base}/zed/settings.json`,
    ...CODE.flatMap((name) => OF_CODE.map((file) => `${base}/${name}/${file}`)),
  ]),
  '.claude.json',
  '.claude/settings.json',
  '.mcp.json',
  '.cursor/mcp.json',
  '.vscode/mcp.json',
  '.codeium/windsurf/mcp_config.json',
  '.gemini/settings.json',
  '.codex/config.toml',
  '.lmstudio/mcp.json',
  '.kiro/settings/mcp.json',
  '.aws/amazonq/mcp.json',
  '.junie/mcp/mcp.json',
];

const MOST_BYTES = 32 * 1024 * 1024;
const MOST_WRITTEN = 1024 * 1024;

/** Looks where known clients keep their servers, in home folders that were given. */
export async function searchHomes(homes: readonly string[]): Promise<Search> {
  const [servers, unread, seen]: [FoundServer[], string[], string[]] = [[], [], []];
  for (const home of homes) {
    const root = await realpath(home).catch(() => undefined);
    if (root === undefined) unread.push(`${home}: there is no such folder`);
    else
      for (const place of CLIENT_PLACES) {
        const path = join(root, place);
        try {
          const text = await readInside(root, path);
          if (text === undefined) continue;
          seen.push(path);
          servers.push(...serversIn(path, text).map((each) => foundServer(path, each.line, describeEntry(each))));
        } catch (error) {
          unread.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
  }
  return { searched: [{ where: 'clients', what: homes, looked: seen.length }], servers, unread };
}

/** INVARIANT: what a link names is read only where it lies in the home folder that was given. */
async function readInside(root: string, path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return undefined;
  if (!real.startsWith(root + sep)) throw new TypeError('it is a link out of the home folder');
  await using file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stat = await file.stat();
  if (!stat.isFile()) throw new TypeError('it is no plain file');
  if (stat.size > MOST_BYTES) throw new TypeError(`it has ${stat.size} bytes, and ${MOST_BYTES} are read at most`);
  const bytes = Buffer.alloc(stat.size);
  const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
  return bytes.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
}

function serversIn(path: string, text: string): readonly Pick<ClientServer, 'line' | 'command' | 'args' | 'url'>[] {
  if (path.endsWith('.toml')) return readTomlServers(text);
  const roots: readonly Located[] = text.length > MOST_WRITTEN ? [locatedOf(JSON.parse(text))] : readLocated(text);
  return roots.flatMap((root) => {
    // Claude Code keeps those of each project below the path of the project.
    const projects = membersOf(member(root, 'projects')).map(([, project]) => project);
    return [root, ...projects].flatMap((each) => readClient(path, each) ?? []);
  });
}

/** Looks into repositories and folders with manifests: client configurations, Compose and Kubernetes. */
export async function searchFolders(folders: readonly string[]): Promise<Search> {
  const [servers, unread]: [FoundServer[], string[]] = [[], []];
  let [entries, manifests] = [0, 0];
  for (const folder of folders) {
    const found = await gatherFiles(folder).catch((error: unknown) => {
      unread.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    });
    if (found === undefined) continue;
    unread.push(...found.unread.map(({ file, why }) => `${join(folder, file)}: ${why}`));
    entries += new Set(found.servers.map(({ file }) => file)).size;
    manifests += new Set(found.workloads.map(({ file }) => file)).size;
    for (const each of found.servers)
      servers.push(foundServer(join(folder, each.file), each.line, describeEntry(each)));
    for (const { file, line, name, image } of found.workloads)
      if (looksLikeServer(name, image?.value))
        servers.push(foundServer(join(folder, file), line, `image ${image?.value ?? `of the service ${name}`}`));
  }
  return {
    searched: [
      { where: 'repository', what: folders, looked: entries },
      { where: 'manifests', what: folders, looked: manifests },
    ],
    servers,
    unread,
  };
}

/** A manifest does not say which protocol a container speaks; its name does, where it is an honest one. */
function looksLikeServer(name: string, image: string | undefined): boolean {
  return /(?:^|[^a-z0-9])mcp(?:$|[^a-z0-9])/i.test(`${name} ${image ?? ''}`);
}
