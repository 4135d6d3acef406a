import { dirname, resolve } from 'node:path';
import { namedPaths } from '../config/named-paths.ts';
import { placesOf } from '../config/places.ts';
import type { ConfigFile } from '../config/read.ts';
import { ownCode, packageFolders, packageOf } from '../controls/declared-behaviour/code.ts';
import type { Touch } from '../controls/declared-behaviour/flags.ts';
import { SANDBOX_BEGINNINGS, SANDBOX_READS, SANDBOX_WRITES } from '../sandbox/needs.ts';
import type { Confinement } from './confine.ts';
import type { Discovered } from './discover.ts';

/** What a server touches while it runs: its code, the places of its configuration, and what its needs declare. */
export function touchOf({ module, source, stdio, dev }: Confinement, found: Discovered, folder: string): Touch {
  const places = placesOf(source, found.sources);
  const { permissions = {} } = source.config;
  const kept = [places.data, places.audit, places.socket].filter((path) => path !== undefined);
  const keys = source.config.profile === 'dev' ? [places.auditKey, places.rootKeys] : [];
  const stores = [places.store, ...[...places.sources.values()].map(({ file }) => file)];
  const databases = stores.flatMap((file) => (file === undefined || file === ':memory:' ? [] : sqliteFiles(file)));
  const processes = found.isolations.includes('process') || found.programs.length > 0;
  return {
    reads: [
      ...codeOf(module, source),
      ...found.modules,
      ...namedPaths(source),
      places.auditKey,
      places.rootKeys,
      ...(places.socket === undefined ? [] : [dirname(places.socket)]),
      ...(processes ? SANDBOX_READS : []),
      ...found.reads,
      ...from(source, permissions.read),
    ],
    writes: [
      folder,
      ...kept,
      ...keys,
      ...databases,
      ...(processes ? SANDBOX_WRITES : []),
      ...found.writes,
      ...from(source, permissions.write),
    ],
    files: [source.file, places.auditKey, places.rootKeys, ...databases].map((path) => resolve(path)),
    beginnings: processes ? SANDBOX_BEGINNINGS : [],
    children: processes || permissions.children === true,
    workers: found.isolations.includes('worker') || permissions.workers === true,
    network: !stdio || dev || found.hosts.length > 0 || reachesOut(source),
    addons: permissions.addons === true,
  };
}

/** What a module may touch while it is asked what it declares: it is code, and what it is part of. */
export function touchWhileAsked({ module, source }: Confinement, folder: string): Touch {
  const programs = ['/usr/bin', '/bin', '/usr/local/bin', ...Object.values(source.config.programs ?? {})];
  const { permissions = {} } = source.config;
  return {
    reads: [
      ...codeOf(module, source),
      packageOf(dirname(resolve(module))),
      ...namedPaths(source),
      ...programs,
      ...from(source, permissions.read),
      ...from(source, permissions.write),
      ...from(source, Object.values(source.config.roots ?? {})),
    ],
    writes: [folder],
    children: false,
    workers: false,
    network: false,
    addons: permissions.addons === true,
  };
}

function codeOf(module: string, { file }: ConfigFile): readonly string[] {
  return [...ownCode(), ...packageFolders(dirname(resolve(module))), resolve(module), resolve(file)];
}

function from({ file }: ConfigFile, paths: readonly string[] = []): readonly string[] {
  return paths.map((path) => resolve(dirname(resolve(file)), path));
}

/** A database and what SQLite keeps beside it while it is open. It opens them past every flag; that they are there is looked at. */
function sqliteFiles(file: string): readonly string[] {
  return [file, `${file}-wal`, `${file}-shm`, `${file}-journal`];
}

/** Whether the configuration itself names something on the network. */
function reachesOut({ config: { sources = {}, secretProviders } }: ConfigFile): boolean {
  return secretProviders !== undefined || Object.values(sources).some(({ postgres }) => postgres !== undefined);
}
