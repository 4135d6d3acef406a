import type { CapabilityPlaces, SourceOptions } from '../capabilities/capability.ts';
import { placesOf } from './places.ts';
import type { ConfigFile } from './read.ts';
import { resolveRoots } from './sections/roots.ts';

/**
 * Where the needs of a server are, by what a configuration says. Nothing is opened or read for it.
 * @param sources Names of databases that the server needs, whether or not the file has them.
 */
export function capabilityPlaces(source: ConfigFile, sources: readonly string[]): CapabilityPlaces {
  const { config, file } = source;
  const found = new Map<string, SourceOptions>();
  for (const [name, { file: path }] of placesOf(source, sources).sources) found.set(name, { file: path });
  for (const [name, { postgres }] of Object.entries(config.sources ?? {})) {
    if (postgres !== undefined) found.set(name, { postgres });
  }
  return {
    sources: Object.fromEntries(found),
    roots: resolveRoots(file, config.roots ?? {}),
    hosts: config.hosts ?? {},
    programs: config.programs ?? {},
  };
}
