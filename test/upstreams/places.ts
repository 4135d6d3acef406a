import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listenOn } from '../support/outbound.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Places } from './servers.ts';

const PASSWORD = 'a-password-of-the-reader';

/** Makes what the servers are tried on, in a folder: files, a repository, a database, and a server that stands in for APIs. */
export async function makePlaces(folder: string): Promise<{ places: Places; close: () => Promise<void> }> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const make = (name: string, mode = 0o755): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    // A sandbox may run as another user.
    chmodSync(path, mode);
    return path;
  };
  const [docs, repository, project] = [make('docs'), make('repository', 0o777), make('project')];
  const [kept, outside] = [make('kept', 0o777), make('outside', 0o777)];
  writeFileSync(join(docs, 'a.txt'), 'alpha\n');
  writeFileSync(join(outside, 'canary'), 'canary\n');
  writeFileSync(join(outside, 'a.js'), 'const canary = 1;\n');
  writeFileSync(join(project, 'a.js'), 'const unused = 1;\n');
  writeFileSync(join(project, 'eslint.config.mjs'), "export default [{ rules: { 'no-unused-vars': 'error' } }];\n");
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
    execFileSync('git', ['-C', repository, ...who, ...args], { stdio: 'ignore' });
  };
  writeFileSync(join(repository, 'a'), 'a\n');
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  execFileSync('chmod', ['-R', 'a+rwX', repository]);
  const database = await startPostgres();
  await database.sql(
    `create table words (word text); insert into words values ('from the base'); create role reader login password '${PASSWORD}'; grant select on words to reader`,
  );
  const standIn = await listenOn((request, response) => {
    request.resume();
    const isPage = request.url === '/page';
    response.setHeader('content-type', isPage ? 'text/html' : 'application/json');
    if (isPage) response.end('<title>A page</title><h1>A page</h1>');
    else
      response.end(JSON.stringify({ object: 'user', id: 'stand-in', success: true, data: { markdown: 'stand-in' } }));
  });
  return {
    places: {
      docs,
      repository,
      project,
      kept,
      outside,
      socket: database.socket,
      password: PASSWORD,
      port: standIn.port,
    },
    close: async () => void (await Promise.all([database.stop(), standIn.close()])),
  };
}
