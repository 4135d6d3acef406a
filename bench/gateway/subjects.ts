import { fork, spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { beginSession, callOverHttp, callOverStreams, Connection, type Call, type Endpoint } from './callers.ts';

/** Path of the upstream's program, by which its processes are known. */
export const ECHO: string = fileURLToPath(new URL('../servers/echo.ts', import.meta.url));

/** Callers, each of which reaches every upstream, with one call at a time. */
export interface Lanes {
  readonly lanes: readonly (readonly Call[])[];
  /** Ends their connections. */
  readonly close: () => void;
}

/** A subject that runs, with as many upstreams as were asked for. */
export interface Subject {
  readonly name: string;
  readonly roots: readonly number[];
  open(lanes: number): Lanes;
  end(): Promise<void>;
}

/** The upstreams of a run: so many processes for a subject to start, or URLs. */
export type Upstreams = number | readonly URL[];

/** Starts a subject in front of upstreams. */
export type Start<U extends Upstreams> = (upstreams: U) => Promise<Subject>;

/** Many start at once. */
const START_MS = 5 * 60_000;
const each = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

const started: ChildProcess[] = [];
// Whatever becomes of the bench, nothing that it started is left behind.
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

function keep<T extends ChildProcess>(child: T): T {
  started.push(child);
  return child;
}

async function endAll(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.connected) child.disconnect();
      else child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    }),
  );
}

const pidsOf = (children: readonly ChildProcess[]): readonly number[] =>
  children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));

function overHttp(name: string, children: readonly ChildProcess[], endpoints: readonly Endpoint[]): Subject {
  return {
    name,
    roots: pidsOf(children),
    open(lanes): Lanes {
      const open: Connection[] = [];
      const lane = (): readonly Call[] => {
        const byHost = new Map<string, Connection>();
        return endpoints.map((endpoint) => {
          const connection = byHost.get(endpoint.url.host) ?? new Connection(endpoint.url);
          byHost.set(endpoint.url.host, connection);
          open.push(connection);
          return callOverHttp(connection, endpoint);
        });
      };
      return { lanes: each(lanes, lane), close: () => open.forEach((connection) => connection.end()) };
    },
    end: () => endAll(children),
  };
}

type Piped = ChildProcessByStdio<Writable, Readable, null>;

async function overStreams(name: string, children: readonly Piped[]): Promise<Subject> {
  const calls = await Promise.all(children.map(({ stdin, stdout }) => callOverStreams(stdin, stdout, 'echo')));
  return {
    name,
    roots: pidsOf(children),
    open: (lanes) => ({ lanes: each(lanes, () => calls), close: () => undefined }),
    end: () => endAll(children),
  };
}

/** The upstreams themselves, each a process that is spoken to over its standard streams. */
export function startDirect(upstreams: number): Promise<Subject> {
  const start = (): Piped => keep(spawn(process.execPath, [ECHO], { stdio: ['pipe', 'pipe', 'inherit'] }));
  return overStreams('direct', each(upstreams, start));
}

/** Upstreams over HTTP, for every subject the same ones. */
export async function startHttpUpstreams(
  count: number,
): Promise<{ readonly urls: readonly URL[]; readonly pids: readonly number[]; readonly end: () => Promise<void> }> {
  const children = each(count, () =>
    keep(spawn(process.execPath, [ECHO, 'http'], { stdio: ['pipe', 'pipe', 'inherit'] })),
  );
  const urls = children.map(async (child) => {
    for await (const line of createInterface({ input: child.stdout })) return new URL(line);
    throw new Error('an upstream did not start');
  });
  return { urls: await Promise.all(urls), pids: pidsOf(children), end: () => endAll(children) };
}

/** The upstreams themselves, over HTTP. */
export function startDirectHttp(urls: readonly URL[]): Promise<Subject> {
  const endpoints = urls.map((url) => ({ url, tool: 'echo' }));
  return Promise.resolve(overHttp('direct', [], endpoints));
}

/** Our gateway, one for all of the upstreams. */
export function startGateway(upstreams: Upstreams): Promise<Subject> {
  const path = fileURLToPath(new URL('../servers/gateway.ts', import.meta.url));
  const which =
    typeof upstreams === 'number' ? { BENCH_UPSTREAMS: String(upstreams) } : { BENCH_URLS: upstreams.join(',') };
  const env = { ...process.env, ...which };
  const child = keep(fork(path, [], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
    child.once(
      'message',
      (told: { readonly url: string; readonly token: string; readonly tools: readonly string[] }) => {
        child.removeAllListeners('exit');
        const url = new URL(told.url);
        const endpoints = told.tools.map((tool) => ({ url, tool, token: told.token }));
        resolve(overHttp('portcullis gateway', [child], endpoints));
      },
    );
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A proxy of somebody else's that fronts one upstream, so that there is one for each. */
function startPeer(name: string, program: string, argsOf: (port: number) => readonly string[]): Start<number> {
  return async (upstreams) => {
    const ports: number[] = [];
    for (let at = 0; at < upstreams; at++) ports.push(await freePort());
    const children = ports.map((port) =>
      keep(spawn(process.execPath, [program, ...argsOf(port)], { stdio: 'ignore' })),
    );
    const endpoints = await Promise.all(ports.map((port) => reach(new URL(`http://127.0.0.1:${port}/mcp`))));
    return overHttp(name, children, endpoints);
  };
}

/** Tries until it answers: neither tells when it listens. A session is what both are fastest with. */
async function reach(url: URL): Promise<Endpoint> {
  for (const until = performance.now() + START_MS; ; ) {
    try {
      return { url, tool: 'echo', session: await beginSession(url) };
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

const binOf = (folder: string, name: string): string => join(folder, 'node_modules/.bin', name);

/** The peers in a folder that serve a command over HTTP. */
export function peersOf(folder: string): readonly Start<number>[] {
  return [
    startPeer('mcp-proxy', binOf(folder, 'mcp-proxy'), (port) =>
      ['--host', '127.0.0.1', '--port', String(port), '--server', 'stream'].concat('--', process.execPath, ECHO),
    ),
    startPeer('supergateway', binOf(folder, 'supergateway'), (port) =>
      ['--stdio', `${process.execPath} ${ECHO}`, '--outputTransport', 'streamableHttp', '--stateful'].concat(
        ['--port', String(port)],
        ['--logLevel', 'none'],
      ),
    ),
  ];
}

/** The peer in a folder that takes a URL. It is spoken to over its standard streams, for it has no other way then. */
export function urlPeersOf(folder: string): readonly Start<readonly URL[]>[] {
  return [
    async (urls) => {
      const children = urls.map((url) => {
        const args = [binOf(folder, 'supergateway'), '--streamableHttp', url.href, '--logLevel', 'none'];
        return keep(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] }));
      });
      return overStreams('supergateway', children);
    },
  ];
}
