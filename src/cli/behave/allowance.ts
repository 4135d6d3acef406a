import { lookup } from 'node:dns/promises';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CapabilityPlaces, HostOptions } from '../../capabilities/capability.ts';
import { ownCode, packageFolders } from '../../controls/declared-behaviour/code.ts';
import { detectSandbox } from '../../sandbox/support.ts';
import { readSandbox } from '../../server/definition.ts';
import { systemNeedsOf } from '../../server/system-needs.ts';
import type { Needs, Tool } from '../../server/tool.ts';
import type { Allowance } from './compare.ts';

/** What the process that runs a tool is made of. */
export interface OwnPaths {
  /** Modules that were loaded before any call. */
  readonly modules: readonly string[];
  /** Folder of the run: its temporary files and whatever the server keeps. */
  readonly folder: string;
  /** The server's module. */
  readonly module: string;
}

/** Folder that a sandboxed handler starts from. */
const INSIDE = '/run/portcullis';

/** What a tool may do by its declarations, resolved against a deployment. */
export async function allowanceOf(
  { options: { name, sandbox, needs = {}, effect } }: Tool,
  places: CapabilityPlaces,
  { modules, folder, module }: OwnPaths,
): Promise<Allowance> {
  const declared = systemNeedsOf(needs, places);
  const isolation = readSandbox(`tool "${name}"`, sandbox, needs);
  const makesSandboxes = isolation === 'process' || declared.programs.length > 0;
  const { tools } = await detectSandbox();
  const inside = isolation === 'process';
  return {
    reads: followed(declared.reads),
    writes: followed(declared.writes),
    programs: [...followed(declared.programs), ...(inside ? followed([process.execPath]) : [])],
    addresses: (await Promise.all(declared.hosts.map((host) => addressesOf(host, places.hosts)))).flat(),
    network: declared.hosts.length > 0,
    own: followed([...ownCode(), ...packageFolders(dirname(module)), ...modules, ...(inside ? [INSIDE] : [])]),
    scratch: followed([folder, '/proc/self/fd', ...databaseFiles(needs, places), ...(inside ? [INSIDE] : [])]),
    sandbox: makesSandboxes && tools !== undefined ? followed([tools.bubblewrap, tools.prlimit]) : [],
    readOnly: effect === 'read',
  };
}

/** SQLite writes beside a database also to read it; what it lets through is the capability's to hold. */
function databaseFiles(needs: Needs, places: CapabilityPlaces): readonly string[] {
  const databases = Object.fromEntries(Object.entries(needs).filter(([, { kind }]) => kind === 'sql'));
  return systemNeedsOf(databases, places).writes;
}

async function addressesOf(host: string, hosts: Readonly<Record<string, HostOptions>>): Promise<readonly string[]> {
  const standIn = hosts[host]?.standIn;
  const url = URL.parse(standIn ?? `https://${host}`);
  if (url === null) return [];
  const port = url.port === '' ? (url.protocol === 'http:' ? '80' : '443') : url.port;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address, family }) => (family === 6 ? `[${address}]:${port}` : `${address}:${port}`));
}

/** Paths as named and as their links lead: a trace tells the latter. */
function followed(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => [path, real(path)]))];
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
