import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createGateway } from '../../src/gateway/definition.ts';
import { install } from '../../src/gateway/install.ts';
import { startUpstream, type Launch } from '../../src/gateway/launch.ts';
import { pinOffer } from '../../src/gateway/pin.ts';
import { startTarget, type RunningTarget } from '../../src/prove/target.ts';
import type { UpstreamNeeds, UpstreamOptions } from '../../src/gateway/options.ts';
import { isObject } from '../../src/protocol/json.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';

const FOLDER = fileURLToPath(new URL('upstreams', import.meta.url));

/** A running upstream that does what it is told, and what its operator was told. */
export interface Roamer {
  /** Runs code inside; `load` gives a module of Node, `proxy` is the port of the way out. */
  run(code: string): Promise<string>;
  /** What comes back of bytes that are sent to the proxy, until it ends the connection. */
  raw(text: string): Promise<string>;
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** Options of that upstream. */
function roaming(needs: UpstreamNeeds): UpstreamOptions & { readonly needs: UpstreamNeeds } {
  return {
    command: process.execPath,
    args: [`${FOLDER}/roamer.ts`],
    needs: { ...needs, reads: [FOLDER, ...(needs.reads ?? [])] },
    tools: { run: { effect: 'write' } },
  };
}

/** What is in reach of the code: bytes to the proxy, and a tunnel through it. */
const PRELUDE = `
const net = load('net'), tls = load('tls');
const proxy = Number(new URL(process.env.HTTP_PROXY ?? 'http://x:1').port);
const raw = (text) => new Promise((done) => {
  const socket = net.connect(proxy, '127.0.0.1');
  let got = '';
  socket.on('data', (piece) => { got += piece.toString('latin1'); });
  socket.on('close', () => done(got));
  socket.on('error', () => undefined);
  socket.write(Buffer.from(text, 'latin1'));
});
const tunnel = (where) => new Promise((done, fail) => {
  const socket = net.connect(proxy, '127.0.0.1');
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('closed')));
  socket.once('data', (piece) => String(piece).startsWith('HTTP/1.1 200 ') ? done(socket) : fail(new Error(String(piece).slice(9, 12))));
  socket.write('CONNECT ' + where + ' HTTP/1.1\\r\\nHost: ' + where + '\\r\\n\\r\\n');
});
const ask = async (where, servername) => {
  const socket = tls.connect({ socket: await tunnel(where), servername, rejectUnauthorized: false });
  return new Promise((done, fail) => {
    let got = '';
    socket.on('data', (piece) => { got += String(piece); });
    socket.on('end', () => got.startsWith('HTTP/1.1 200 ') ? done(got.split('\\r\\n\\r\\n')[1]) : fail(new Error('cut off')));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('cut off')));
    socket.write('GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n');
  });
};
`;

/** Starts that upstream in its sandbox. */
export async function startRoamer(needs: UpstreamNeeds, launch: Partial<Launch> = {}): Promise<Roamer> {
  const lines: string[] = [];
  const options = roaming(needs);
  const running = await startUpstream({
    id: 'up',
    installed: await install('up', options, '/nowhere'),
    needs: options.needs,
    environment: () => Promise.resolve({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    support: await detectSandbox(),
    log: (line) => void lines.push(line),
    ...launch,
  });
  const run = async (code: string): Promise<string> => {
    const call = { name: 'run', arguments: { code: PRELUDE + code } };
    const { content } = await running.session.link.request('tools/call', call, { timeoutMs: 60_000 });
    const [block]: readonly unknown[] = Array.isArray(content) ? content : [];
    return isObject(block) ? String(block['text']) : '';
  };
  return { run, raw: (text) => run(`return raw(${JSON.stringify(text)})`), lines, stop: () => running.stop() };
}

/** Serves that upstream through the real host; and where the flow of its tool says that its arguments go. */
export async function serveRoamer(
  needs: UpstreamNeeds,
): Promise<{ readonly running: RunningTarget; readonly sends: readonly string[] | undefined }> {
  const options = roaming(needs);
  const installed = await install('up', options, '/nowhere');
  const support = await detectSandbox();
  const environment = () => Promise.resolve({});
  const looked = { id: 'up', installed, needs: options.needs, environment, support, profile: 'dev' as const, log };
  const upstream = await startUpstream(looked);
  await upstream.stop();
  const { pinned } = pinOffer(installed, upstream.offer, undefined, new Set());
  const approved = { by: 'someone', at: '2026-01-01T00:00:00.000Z' };
  const tools = Object.fromEntries(Object.entries(pinned.tools).map(([name, tool]) => [name, { ...tool, approved }]));
  const lock = { format: 'portcullis-lock-1', upstreams: { up: { ...pinned, tools } } } as const;
  const { definition } = createGateway('gateway', lock, { up: { options, installed } });
  const running = await startTarget({ server: definition.options }, [], { transport: 'http', era: 'modern' });
  return { running, sends: definition.options.tools?.[0]?.options.flow?.sends };
}

const log = (): void => undefined;

/** A server of bytes on loopback, and what it heard. */
export interface Ear {
  readonly port: number;
  readonly heard: () => string;
  readonly connections: () => number;
  close(): void;
}

/** Listens on a free port, or on a path, and answers each connection. */
export async function listen(onConnection: (socket: Socket) => void, path?: string): Promise<Ear> {
  let [heard, connections] = ['', 0];
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (piece) => (heard += piece.toString('latin1')));
    onConnection(socket);
  });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, heard: () => heard, connections: () => connections, close: () => void server.close() };
}
