import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveHttp, type HttpOptions } from '../../../src/index.ts';
import { startDevAuthorizationServer, type DevUser } from '../../../src/identity/dev-authorization-server.ts';
import { loadOrCreateKey } from '../../../src/record/keys.ts';
import { openLog, type AuditLog } from '../../../src/record/log.ts';
import notes from '../server.ts';
import { closeServer, listen, startSecondIssuer, type SecondIssuer } from '../../tour/second-issuer.ts';

/** Everything that the tour runs, each part on a free port. */
export interface World {
  /** The endpoint of the notes server. */
  readonly url: string;
  readonly users: readonly DevUser[];
  readonly secondIssuer: SecondIssuer;
  /** The client's id: the URL of its metadata document. */
  readonly clientId: string;
  readonly redirectUrl: string;
  readonly log: AuditLog;
  readonly logDirectory: string;
  /** Stops the server and closes the log, so that it can be verified as a whole. */
  stop(): Promise<void>;
  /** Removes what is left on disk. */
  remove(): Promise<void>;
}

/** Starts the notes server with its authorization server, a second issuer, and the client's own web page. */
export async function createWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-tour-'));
  const port = await freePort();
  const http: HttpOptions = { host: '127.0.0.1', port };
  const url = `http://127.0.0.1:${port}/mcp`;
  const scopes = notes.options.scopes ?? {};
  const signIn = await startDevAuthorizationServer({ profile: 'dev', host: '127.0.0.1', resource: url, scopes });
  const secondIssuer = await startSecondIssuer();
  const client = await startClientPage();
  const logDirectory = join(directory, 'audit');
  const key = await loadOrCreateKey(join(directory, 'audit.key'));
  const log = await openLog({ directory: logDirectory, origin: 'localhost/notes-tour', key });
  const schema = await readFile(new URL('../schema.sql', import.meta.url), 'utf8');
  const host = await serveHttp(notes, {
    profile: 'dev',
    http,
    auth: { issuers: [{ issuer: signIn.issuer }, { issuer: secondIssuer.issuer }], devAuthorizationServer: true },
    recorder: log,
    keys: [randomBytes(32)],
    sources: { notes: { file: join(directory, 'notes.db'), schema } },
  });
  return {
    url,
    users: signIn.users,
    secondIssuer,
    clientId: client.id,
    redirectUrl: client.redirectUrl,
    log,
    logDirectory,
    async stop() {
      await host.close();
      await log.close();
      await Promise.all([signIn.close(), secondIssuer.close(), client.close()]);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** One below those that the kernel gives to connections of its own, so that none of them can take it in between. */
async function freePort(): Promise<number> {
  const server = createServer();
  for (;;) {
    const port = randomInt(12_000, 32_000);
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    } catch {
      continue;
    }
    await closeServer(server);
    return port;
  }
}

/** The client says who it is at a URL of its own, which is its id. */
async function startClientPage() {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        client_id: id,
        client_name: 'Portcullis tour',
        redirect_uris: [redirectUrl],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      }),
    );
  });
  const origin = await listen(server);
  const id = `${origin}/client.json`;
  const redirectUrl = `${origin}/callback`;
  return { id, redirectUrl, close: () => closeServer(server) };
}
