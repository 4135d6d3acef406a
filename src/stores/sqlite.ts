import { chmodSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { checkEntry, checkKey, checkStep, parseCounter } from './check.ts';
import { createRate } from './rate.ts';
import { createSqliteBus } from './sqlite-bus.ts';
import type { Store } from './store.ts';

/** Where and how much an SQLite store keeps. */
export interface SqliteStoreOptions {
  /** Path of the database, made with mode 0600 when it is absent. */
  readonly file: string;
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly now?: () => number;
  /** Most bytes of the file; 1 GiB when absent. A full store throws. */
  readonly maxBytes?: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires);`;
const PAGE = 4096;
const SWEEP_EVERY = 256;
const SWEEP_AT_MOST = 1000;

/**
 * Opens the embedded store: `node:sqlite` with a write-ahead log, each write on stable storage before it returns. What one
 * process writes, every other on the same file reads at once, and messages reach them. Rates stay in the process.
 * A file that was removed or replaced is noticed within a second, and nothing is read or written from then on: what
 * others wrote to the one in its place would be missed.
 * @throws when the file cannot be opened, is a symbolic link or is not a database.
 */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const now = options.now ?? Date.now;
  const database = openDatabase(options);
  const channels = createSqliteBus(options.file, now);
  const rate = createRate(options.now === undefined ? {} : { now: options.now });
  const run = statements(database);
  const insistOnPlace = createPlaceCheck(options.file, now);
  let writes = 0;

  const written = (): void => {
    if (++writes % SWEEP_EVERY === 0) run.sweep.run(now(), SWEEP_AT_MOST);
  };
  const expiry = (ttlMs: number): number => Math.ceil(now() + ttlMs);

  return {
    get(key) {
      insistOnPlace();
      const value = run.get.get(key, now())?.['value'];
      return typeof value === 'string' ? value : undefined;
    },
    put(key, value, ttlMs) {
      insistOnPlace();
      checkEntry(key, value, ttlMs);
      run.put.run(key, value, expiry(ttlMs));
      written();
    },
    add(key, value, ttlMs) {
      insistOnPlace();
      checkEntry(key, value, ttlMs);
      const { changes } = run.add.run(key, value, expiry(ttlMs), now());
      written();
      return Number(changes) === 1;
    },
    compareAndSet(key, expected, next, ttlMs) {
      insistOnPlace();
      checkEntry(key, next, ttlMs);
      const { changes } = run.swap.run(next, expiry(ttlMs), key, expected, now());
      written();
      return Number(changes) === 1;
    },
    increment(key, by, ttlMs) {
      insistOnPlace();
      checkEntry(key, '', ttlMs);
      checkStep(by);
      const time = now();
      // A number would be bound as a real and stored as "5.0".
      const row = run.increment.get({ key, by: BigInt(by), expires: expiry(ttlMs), now: time });
      written();
      if (row === undefined) throw new TypeError('the value is not a counter');
      return parseCounter(String(row['value']));
    },
    delete(key) {
      insistOnPlace();
      return Number(run.delete.run(key, now()).changes) === 1;
    },
    keys(prefix, limit) {
      insistOnPlace();
      const rows = run.keys.all(prefix, prefix, now(), limit);
      return rows.map((row) => String(row['key']));
    },
    rate(key, perMinute, burst) {
      checkKey(key);
      if (!database.isOpen) throw new Error('the store is closed');
      return rate(key, perMinute, burst);
    },
    publish(channel, message) {
      insistOnPlace();
      if (!database.isOpen) throw new Error('the store is closed');
      channels.publish(channel, message);
    },
    subscribe(channel, listener) {
      if (!database.isOpen) throw new Error('the store is closed');
      return channels.subscribe(channel, listener);
    },
    close() {
      channels.clear();
      if (database.isOpen) database.close();
    },
  };
}

const LOOK_MS = 1_000;

/** Looks once a second whether the path leads to the file that was opened. INVARIANT: once it did not, it never does. */
function createPlaceCheck(file: string, now: () => number): () => void {
  if (file === ':memory:') return () => undefined;
  const opened = statSync(file);
  let looked = now();
  let lost = false;
  return () => {
    const time = now();
    if (!lost && Math.abs(time - looked) >= LOOK_MS) {
      looked = time;
      const present = statSync(file, { throwIfNoEntry: false });
      lost = present === undefined || present.ino !== opened.ino || present.dev !== opened.dev;
    }
    if (lost) throw new Error(`the store ${file} was removed or replaced while it was open: start again`);
  };
}

function openDatabase({ file, maxBytes = 1024 ** 3 }: SqliteStoreOptions): DatabaseSync {
  if (typeof file !== 'string' || file === '' || file.startsWith('file:')) throw new TypeError('"file" must be a path');
  if (file !== ':memory:') {
    // Made before SQLite opens it, so that it is never readable by others, its log and index neither.
    closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
    chmodSync(file, 0o600);
  }
  const database = new DatabaseSync(file, { timeout: 5000, allowExtension: false });
  try {
    database.exec(
      `PRAGMA page_size=${PAGE}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;`,
    );
    database.exec(`PRAGMA max_page_count=${Math.max(16, Math.floor(maxBytes / PAGE))};`);
    database.exec(SCHEMA);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

const COUNTER = "entries.value GLOB '[0-9-]*' AND entries.value NOT GLOB '*[^0-9-]*'";

function statements(database: DatabaseSync) {
  return {
    get: database.prepare('SELECT value FROM entries WHERE key = ? AND expires > ?'),
    put: database.prepare(
      'INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires',
    ),
    add: database.prepare(
      `INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (key)
       DO UPDATE SET value = excluded.value, expires = excluded.expires WHERE entries.expires <= ?`,
    ),
    swap: database.prepare('UPDATE entries SET value = ?, expires = ? WHERE key = ? AND value = ? AND expires > ?'),
    increment: database.prepare(
      `INSERT INTO entries VALUES ($key, $by, $expires) ON CONFLICT (key) DO UPDATE SET
         value = CASE WHEN entries.expires <= $now THEN excluded.value
           ELSE CAST(CAST(entries.value AS INTEGER) + $by AS TEXT) END,
         expires = CASE WHEN entries.expires <= $now THEN excluded.expires ELSE entries.expires END
       WHERE entries.expires <= $now OR (${COUNTER})
       RETURNING value`,
    ),
    delete: database.prepare('DELETE FROM entries WHERE key = ? AND expires > ?'),
    // One past the greatest code point: no key sorts after it.
    keys: database.prepare(
      'SELECT key FROM entries WHERE key >= ? AND key < ? || char(1114111) AND expires > ? ORDER BY key LIMIT ?',
    ),
    sweep: database.prepare('DELETE FROM entries WHERE key IN (SELECT key FROM entries WHERE expires <= ? LIMIT ?)'),
  } as const;
}
