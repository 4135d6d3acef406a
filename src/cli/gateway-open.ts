import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { manifestPath } from '../config/manifest.ts';
import { placesOf } from '../config/places.ts';
import type { ConfigFile } from '../config/read.ts';
import { whyNotAdmitted } from '../gateway/admission.ts';
import { whyHeld } from '../gateway/admit.ts';
import { digestFile } from '../config/watch.ts';
import { createGateway, type Gateway } from '../gateway/definition.ts';
import { isOverdue } from '../gateway/inventory.ts';
import { readLock, type Lock } from '../gateway/lock.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import { readyUpstream, type ReadyUpstream } from '../gateway/ready.ts';
import { withStaged } from '../gateway/registry.ts';
import type { Upstreams } from '../gateway/upstreams.ts';
import { insistOnApprovals } from './gateway-trust.ts';
import { Mistake } from './mistake.ts';

const LOCK = 'portcullis.lock';

/** The configuration that a command under `portcullis gateway` was given. */
export function configOf(command: Command): string {
  return String(command.parent?.opts()['config']);
}

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

/** A gateway with the lock that it was made of. */
export interface OpenedGateway extends Gateway {
  readonly lock: Lock;
  /** SHA-256 of each file beside the configuration that it was made of, by path; see `digestFile`. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Installs what is pinned, where it is not yet, and makes the server of it.
 * @param connected The upstreams that a running gateway is connected to, when it is to take its place.
 * @throws Mistake when what is approved in the lock is not signed as it has to be.
 */
export async function openGateway(source: ConfigFile, connected?: Upstreams): Promise<OpenedGateway> {
  const paths = [lockOf(source.file), manifestPath(source)].filter((path) => path !== undefined);
  // Before they are read: what changes meanwhile differs from these.
  const files = new Map(await Promise.all(paths.map(async (path) => [path, await digestFile(path)] as const)));
  const lock = await readLock(lockOf(source.file));
  await insistOnApprovals(source, lock);
  const ready: Record<string, ReadyUpstream> = {};
  const held: string[] = [];
  for (const [id, options] of Object.entries(upstreamsOf(source, []))) {
    const each = await readyUpstream(id, options, foldersOf(source));
    const why = whyHeld(lock, id, each, source.config.profile) ?? unvetted(source, lock, id, options, each);
    if (isOverdue(options.about))
      process.stderr.write(
        `gateway: ${id} was to be looked at by ${options.about?.review ?? ''}. Review it, and set the next day.\n`,
      );
    if (why === undefined) ready[id] = each;
    else held.push(`${id}: ${why}`);
  }
  // What is staged is tried on one's own machine, and nowhere else.
  const shown = source.config.profile === 'dev' ? withStaged(lock) : lock;
  const gateway = createGateway('gateway', shown, ready, [], connected);
  return { ...gateway, held: [...held, ...gateway.held], lock, files };
}

/** INVARIANT: production starts no package of a stranger at which nobody has looked. */
function unvetted(
  { config }: ConfigFile,
  { vettings = {} }: Lock,
  id: string,
  options: UpstreamOptions,
  { installed }: ReadyUpstream,
): string | undefined {
  if (config.profile !== 'production') return undefined;
  return whyNotAdmitted(id, options, installed.integrity, Object.hasOwn(vettings, id) ? vettings[id] : undefined);
}
