import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const VERSIONS = '/usr/lib/postgresql';
const ACCOUNT = 'postgres';
const SUPER = 'super';
const PATIENCE_MS = 30_000;

/** The programs of the newest PostgreSQL, where Debian puts them. */
function findPrograms(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const [newest] = readdirSync(VERSIONS)
    .filter((name) => existsSync(join(VERSIONS, name, 'bin', 'initdb')))
    .toSorted((a, b) => Number(b) - Number(a));
  return newest === undefined ? undefined : join(VERSIONS, newest, 'bin');
}

/** Why tests that need PostgreSQL are skipped here; false when they are not. */
export const WITHOUT_POSTGRES: false | string =
  findPrograms() === undefined ? 'needs the Debian package postgresql' : false;

/** A PostgreSQL server of one test; its superuser is `super`, with that password. */
export interface TestPostgres {
  /** Folder of its Unix socket. */
  readonly socket: string;
  readonly port: number;
  /** Runs SQL as its superuser; rows as the driver gives them. */
  sql(text: string, database?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  stop(): Promise<void>;
}

/**
 * Starts a server in a folder of its own, on a Unix socket alone, as another user than root. Its passwords are checked.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const programs = findPrograms() ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'pg-'));
  const owner = own(folder);
  const data = join(folder, 'data');
  const password = join(folder, 'password');
  writeFileSync(password, SUPER);
  const made = spawnSync(
    join(programs, 'initdb'),
    [
      '-D',
      data,
      '-U',
      SUPER,
      '--auth-local=scram-sha-256',
      '--auth-host=reject',
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
      `--pwfile=${password}`,
    ],
    { ...owner, cwd: folder, encoding: 'utf8', env: {} },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = 5432;
  const server = spawn(
    join(programs, 'postgres'),
    [
      '-D',
      data,
      '-k',
      folder,
      '-p',
      String(port),
      '-c',
      'listen_addresses=',
      '-c',
      'fsync=off',
      '-c',
      'max_connections=60',
    ],
    { ...owner, cwd: folder, env: {}, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  server.stderr?.resume();
  const sql: TestPostgres['sql'] = async (text, database = 'postgres') => {
    const client = new pg.Client({ host: folder, port, user: SUPER, database, password: SUPER });
    await client.connect();
    try {
      const result = await client.query(text);
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
    } finally {
      await client.end();
    }
  };
  await untilUp(sql, server);
  return {
    socket: folder,
    port,
    sql,
    async stop(): Promise<void> {
      await ended(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function own(folder: string): { readonly uid?: number; readonly gid?: number } {
  if (userInfo().uid !== 0) return {};
  const [, , uid, gid] = (spawnSync('getent', ['passwd', ACCOUNT], { encoding: 'utf8' }).stdout ?? '').split(':');
  const user = { uid: Number(uid), gid: Number(gid) };
  chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o755);
  return user;
}

async function untilUp(sql: TestPostgres['sql'], server: ChildProcess): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await sql('select 1');
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > until) throw new Error('PostgreSQL did not start', { cause: error });
      await pause(50);
    }
  }
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    // Ends without waiting for clients.
    server.kill('SIGQUIT');
  });
}
