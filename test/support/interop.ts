import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startDevAuthorizationServer } from '../../src/identity/dev-authorization-server.ts';
import type { DevAuthorizationServerOptions } from '../../src/identity/dev-options.ts';
import { serveHttp } from '../../src/index.ts';
import definition from '../interop/server.ts';
import type { Account } from './browser.ts';

/** Repository root, absolute. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** The server as a module that the command line loads, absolute. */
const SERVER_MODULE: string = join(ROOT, 'test/interop/server.ts');

/** The command line, absolute. */
const PORTCULLIS: string = join(ROOT, 'bin/portcullis.js');

/** The launcher of MCP Inspector, absolute. */
export const INSPECTOR: string = join(
  ROOT,
  'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
);

/** The person who signs in. */
export const ALICE: Account = { name: 'alice', password: 'wonderland' };

const PREFIX = join(tmpdir(), 'portcullis-interop-');

/** Unlike those above 32767, no kernel gives these out unasked. */
const [FIRST_PORT, LAST_PORT] = [12_000, 31_999];

const SCHEMA = join(ROOT, 'examples/notes/schema.sql');

/** A server over HTTP with the authorization server that guards it. */
export interface InteropServer {
  /** URL of the endpoint. */
  readonly url: string;
  /** Origin of the endpoint. */
  readonly origin: string;
  /** Origin of the authorization server. */
  readonly issuer: string;
}

/** Starts both on free loopback ports; they end with the test. */
export async function startInterop(
  t: TestContext,
  options: { readonly allowedOrigins?: readonly string[] } = {},
  people: Partial<Pick<DevAuthorizationServerOptions, 'users' | 'clients'>> = {},
): Promise<InteropServer> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/mcp`;
  const directory = await scratch(t);
  const authority = await startDevAuthorizationServer({
    profile: 'dev',
    host: '127.0.0.1',
    resource: url,
    scopes: definition.options.scopes ?? {},
    users: [ALICE],
    ...people,
  });
  atEnd(t, () => authority.close());
  const host = await serveHttp(definition, {
    profile: 'dev',
    http: { host: '127.0.0.1', port, ...options },
    auth: { issuers: [{ issuer: authority.issuer }], devAuthorizationServer: true },
    sources: { notes: { file: join(directory, 'notes.db'), schema: await readFile(SCHEMA, 'utf8') } },
  });
  atEnd(t, () => host.close());
  return { url, origin, issuer: authority.issuer };
}

/** Arguments with which Node runs the command line with the same server over stdio. */
export async function stdioArguments(t: TestContext): Promise<readonly string[]> {
  const config = join(await scratch(t), 'portcullis.yaml');
  await writeFile(config, `profile: dev\ndata: data\nsources:\n  notes:\n    schema: ${JSON.stringify(SCHEMA)}\n`);
  return [PORTCULLIS, 'dev', SERVER_MODULE, '--stdio', '--config', config];
}

const ENDINGS = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs something when the test ends; what was registered last runs first, unlike with the hooks of `node:test`. */
export function atEnd(t: TestContext, end: () => unknown): void {
  const known = ENDINGS.get(t);
  if (known !== undefined) {
    known.push(end);
    return;
  }
  const endings = [end];
  ENDINGS.set(t, endings);
  t.after(async () => {
    const failures: unknown[] = [];
    for (const next of endings.toReversed()) {
      try {
        await next();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'what a test had started did not end');
  });
}

/** A folder that is removed when the test ends. */
export async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(PREFIX);
  atEnd(t, () => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** The environment for a client: nothing of ours but the way to programs, and a home of its own. */
export function clientEnvironment(home: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, NO_PROXY: '*', NO_COLOR: '1' };
}

/**
 * A port that nothing listened on a moment ago, for what insists on knowing it. It lies below those that the kernel gives to
 * connections of its own, of which one could have taken it by the time it is listened on.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Listens on a free loopback port, or at another address, and gives the origin on loopback. */
export async function listen(server: Server, host = '127.0.0.1'): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}
