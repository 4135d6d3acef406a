import { closeSync, constants as modes, existsSync, openSync } from 'node:fs';
import { constants, DatabaseSync } from 'node:sqlite';
import type { CapabilityRuntime, SqliteSource } from '../capability.ts';
import { createAuthorizer } from './authorizer.ts';

/** Milliseconds that a statement waits for another process. It holds up this one meanwhile. */
const BUSY_MS = 1000;

/** A source opened for one host; its connections are shared by the capabilities of that host. */
export interface OpenSource {
  readonly read: DatabaseSync;
  readonly write: DatabaseSync;
  /** Begins and ends transactions, which statements of handlers may not. */
  control(command: 'begin immediate' | 'commit' | 'rollback'): void;
  /** Gives one use back; the last closes the connections. */
  release(): void;
}

const opened = new WeakMap<CapabilityRuntime, Map<string, { source: OpenSource; uses: number }>>();
let memories = 0;

/** Opens an SQLite source, or takes another use of it. */
export function openSource(name: string, options: SqliteSource, runtime: CapabilityRuntime): OpenSource {
  const sources = opened.get(runtime) ?? new Map<string, { source: OpenSource; uses: number }>();
  opened.set(runtime, sources);
  const known = sources.get(name);
  if (known !== undefined) {
    known.uses++;
    return known.source;
  }
  const source = connect(options, () => {
    const entry = sources.get(name);
    if (entry === undefined || --entry.uses > 0) return false;
    sources.delete(name);
    return true;
  });
  sources.set(name, { source, uses: 1 });
  return source;
}

function connect(options: SqliteSource, isLast: () => boolean): OpenSource {
  const { file, schema } = options;
  if (typeof file !== 'string' || file === '' || file.startsWith('file:')) {
    throw new TypeError('A source needs "file": a path or ":memory:", or "postgres".');
  }
  const memory = file === ':memory:';
  // Both connections must see the one database in memory; its name is unique in the process.
  const location = memory ? new URL(`file:///portcullis-${++memories}?mode=memory&cache=shared`) : file;
  if (!memory && !existsSync(file)) closeSync(openSync(file, modes.O_RDWR | modes.O_CREAT, 0o600));
  const settings = { timeout: BUSY_MS, allowExtension: false, enableForeignKeyConstraints: true } as const;
  const write = new DatabaseSync(location, settings);
  const databases: DatabaseSync[] = [write];
  try {
    if (!memory) write.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;');
    if (schema !== undefined) write.exec(schema);
    const read = new DatabaseSync(location, { ...settings, readOnly: !memory });
    databases.push(read);
    // A database in memory cannot be opened read-only, so this and the authorizer make it so.
    read.exec('PRAGMA query_only=ON;');
    for (const database of databases) {
      database.exec('PRAGMA trusted_schema=OFF;');
      database.enableDefensive(true);
    }
    read.setAuthorizer(createAuthorizer('read'));
    const guard = createAuthorizer('write');
    // A flag, because another call of setAuthorizer would make SQLite prepare every statement anew.
    let controlling = false;
    write.setAuthorizer((action, first, second) =>
      controlling && action === constants.SQLITE_TRANSACTION ? constants.SQLITE_OK : guard(action, first, second),
    );
    return {
      read,
      write,
      control(command) {
        controlling = true;
        try {
          write.exec(command);
        } finally {
          controlling = false;
        }
      },
      release() {
        if (isLast()) for (const database of databases) if (database.isOpen) database.close();
      },
    };
  } catch (error) {
    for (const database of databases) database.close();
    throw error;
  }
}
