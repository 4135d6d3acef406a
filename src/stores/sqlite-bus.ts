import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { createChannels, type Channels } from './channels.ts';

const SCHEMA = `CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, origin TEXT NOT NULL, channel TEXT NOT NULL, message TEXT NOT NULL);`;
/** Milliseconds between two looks at what other processes have published. */
const LOOK_MS = 25;
/** Milliseconds that a message is kept for them. */
const KEEP_MS = 60_000;
const SWEEP_EVERY = 64;
const AT_A_TIME = 1000;

/**
 * Messages between the processes that have one SQLite file open. Within a process they arrive at once, in others within
 * 25 milliseconds; one that a process was not there for, or that the machine lost with its power, is gone.
 */
export function createSqliteBus(file: string, now: () => number): Channels {
  const local = createChannels();
  if (file === ':memory:') return local;
  const origin = randomBytes(12).toString('base64url');
  const database = new DatabaseSync(file, { timeout: 5000, allowExtension: false });
  // A commit that is lost with the machine's power loses messages to processes that were lost with it.
  database.exec(`PRAGMA synchronous=NORMAL; PRAGMA trusted_schema=OFF; ${SCHEMA}`);
  const run = {
    version: database.prepare('PRAGMA data_version'),
    last: database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'messages'"),
    put: database.prepare('INSERT INTO messages (at, origin, channel, message) VALUES (?, ?, ?, ?)'),
    since: database.prepare(
      `SELECT id, origin, channel, message FROM messages WHERE id > ? ORDER BY id LIMIT ${AT_A_TIME}`,
    ),
    sweep: database.prepare('DELETE FROM messages WHERE at < ?'),
  };
  let timer: NodeJS.Timeout | undefined;
  let listeners = 0;
  let published = 0;
  let version: unknown;
  let last = 0;

  const read = (): void => {
    for (;;) {
      const rows = run.since.all(last);
      for (const { id, origin: from, channel, message } of rows) {
        last = Number(id);
        if (from !== origin) local.publish(String(channel), String(message));
      }
      if (rows.length < AT_A_TIME) return;
    }
  };
  const look = (): void => {
    try {
      // It changes with each commit of another connection, and asking costs a microsecond.
      const present = run.version.get()?.['data_version'];
      if (present === version) return;
      read();
      version = present;
    } catch (error) {
      if (database.isOpen)
        process.emitWarning(
          `messages could not be read: ${error instanceof Error ? error.message : ''}`,
          'StoreWarning',
        );
    }
  };
  const begin = (): void => {
    last = Number(run.last.get()?.['seq'] ?? 0);
    version = undefined;
    timer = setInterval(look, LOOK_MS).unref();
  };

  return {
    publish(channel, message) {
      local.publish(channel, message);
      run.put.run(now(), origin, channel, message);
      if (++published % SWEEP_EVERY === 0) run.sweep.run(now() - KEEP_MS);
    },
    subscribe(channel, listener) {
      const stop = local.subscribe(channel, listener);
      if (listeners++ === 0) begin();
      let stopped = false;
      return () => {
        if (stopped) return;
        stopped = true;
        stop();
        if (--listeners === 0) clearInterval(timer);
      };
    },
    clear() {
      clearInterval(timer);
      local.clear();
      if (database.isOpen) database.close();
    },
  };
}
