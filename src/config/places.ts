import { dirname, join, resolve } from 'node:path';
import type { Config } from './config.ts';
import type { ConfigFile } from './read.ts';

/** File in the folder of the log that holds its public key, for whoever has not kept it elsewhere. */
export const VERIFIER_FILE = 'verifier';

const IN_MEMORY = ':memory:';

/** Absolute paths of everything that a configuration keeps. */
export interface Places {
  readonly data: string;
  /** Absent: state in memory. */
  readonly store: string | undefined;
  readonly audit: string;
  readonly auditKey: string;
  readonly rootKeys: string;
  /** The SQLite ones. */
  readonly sources: ReadonlyMap<string, { readonly file: string; readonly schema: string | undefined }>;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly socket: string | undefined;
}

/**
 * Where a configuration keeps things. What has no place of its own goes to the data folder, `.portcullis` in the working
 * directory unless the file names another.
 * @param sources Names of databases that the server needs, whether or not the file has them.
 */
export function placesOf({ file, config }: ConfigFile, sources: Iterable<string> = []): Places {
  const base = dirname(resolve(file));
  const data = config.data === undefined ? resolve('.portcullis') : resolve(base, config.data);
  const at = (path: string | undefined, fallback: string): string =>
    path === undefined ? join(data, fallback) : resolve(base, path);
  const named = new Set([...sources, ...Object.keys(config.sources ?? {})]);
  const names = [...named].filter((name) => config.sources?.[name]?.postgres === undefined);
  const sourceOf = (name: string) => {
    const { file: own, schema } = config.sources?.[name] ?? {};
    return {
      file: own === IN_MEMORY ? own : at(own, `${name}.db`),
      schema: schema === undefined ? undefined : resolve(base, schema),
    };
  };
  return {
    data,
    store: config.store?.kind === 'memory' ? undefined : at(config.store?.file, 'store.db'),
    audit: at(config.audit?.directory, 'audit'),
    auditKey: at(config.audit?.key, 'audit.key'),
    rootKeys: at(config.keys?.file, 'root.keys'),
    sources: new Map(names.map((name) => [name, sourceOf(name)])),
    tls: tlsOf(config, base),
    socket: config.http?.socket === undefined ? undefined : resolve(base, config.http.socket),
  };
}

function tlsOf({ http }: Config, base: string): Places['tls'] {
  if (http?.tls === undefined) return undefined;
  return { cert: resolve(base, http.tls.cert), key: resolve(base, http.tls.key) };
}
