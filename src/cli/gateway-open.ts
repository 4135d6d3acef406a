import { dirname, join, resolve } from 'node:path';
import { placesOf } from '../config/places.ts';
import type { ConfigFile } from '../config/read.ts';
import { createGateway, type Gateway } from '../gateway/definition.ts';
import { readLock } from '../gateway/lock.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import { readyUpstream, type ReadyUpstream } from '../gateway/ready.ts';
import { Mistake } from './mistake.ts';

const LOCK = 'portcullis.lock';

/** Where the lock of a configuration is: beside it. */
export function lockOf(file: string): string {
  return join(dirname(resolve(file)), LOCK);
}

/**
 * The upstreams of a configuration, or those that are named.
 * @throws Mistake when there is none, or no such one.
 */
export function upstreamsOf(
  { file, config }: ConfigFile,
  ids: readonly string[],
): Readonly<Record<string, UpstreamOptions>> {
  const { upstreams = {} } = config;
  if (Object.keys(upstreams).length === 0)
    throw new Mistake(
      `${file} has no upstreams. Make one of a client's configuration: portcullis gateway import <file>`,
    );
  const unknown = ids.find((id) => !Object.hasOwn(upstreams, id));
  if (unknown !== undefined)
    throw new Mistake(`${file} has no upstream "${unknown}". It has ${Object.keys(upstreams).join(', ')}.`);
  return ids.length === 0
    ? upstreams
    : Object.fromEntries(Object.entries(upstreams).filter(([id]) => ids.includes(id)));
}

/** Where the packages of upstreams are installed. */
export function foldersOf(source: ConfigFile): string {
  // Beside the data folder, which is for this user alone: where the host is root, a sandbox runs as another.
  return `${placesOf(source).data}-upstreams`;
}

/** Installs what is pinned, where it is not yet, and makes the server of it. */
export async function openGateway(source: ConfigFile): Promise<Gateway> {
  const ready: Record<string, ReadyUpstream> = {};
  for (const [id, options] of Object.entries(upstreamsOf(source, [])))
    ready[id] = await readyUpstream(id, options, foldersOf(source));
  return createGateway('gateway', await readLock(lockOf(source.file)), ready);
}
