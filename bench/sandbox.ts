import { fork, type ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';

/**
 * What a sandboxed call costs, warm and cold, and what a neighbour feels of a hog: another principal's cheap call in the
 * host, alone and beside four sandboxed handlers that take what they can get.
 *
 * Run: node bench/sandbox.ts
 */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4);
const WARM = 300;
const COLD = 8;

interface Running {
  readonly child: ChildProcess;
  readonly url: URL;
  readonly tokens: readonly string[];
}

function start(env: Readonly<Record<string, string>>): Promise<Running> {
  const path = new URL('servers/sandboxed-host.ts', import.meta.url).pathname;
  const child = fork(path, [], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', ({ url, tokens }: { readonly url: string; readonly tokens: readonly string[] }) =>
      resolve({ child, url: new URL(url), tokens }),
    );
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

async function stop({ child }: Running): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  await ended;
}

/** Milliseconds that one call takes, and whether it was served. */
function call({ url }: Running, agent: Agent, token: string, tool: string, text: string): Promise<[number, boolean]> {
  const began = performance.now();
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name: tool,
      arguments: { text },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  });
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': 'tools/call',
    'Mcp-Name': tool,
    'Content-Length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      response.on('end', () => resolve([performance.now() - began, answer.includes('structuredContent')]));
    });
    sent.on('error', reject).end(body);
  });
}

const at = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function report(label: string, times: readonly number[]): void {
  say(
    `${label.padEnd(44)} median ${at(times, 0.5).toFixed(2).padStart(8)} ms   p99 ${at(times, 0.99).toFixed(2).padStart(8)} ms   of ${times.length}`,
  );
}

async function timed(running: Running, tool: string, tokens: readonly string[]): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (const token of tokens) {
    const [ms, served] = await call(running, agent, token, tool, 'x');
    if (!served) throw new Error(`${tool} was not served`);
    times.push(ms);
  }
  agent.destroy();
  return times;
}

async function costs(): Promise<void> {
  const running = await start({ BENCH_PRINCIPALS: String(COLD + 1), BENCH_READY: '0' });
  const [first = '', ...others] = running.tokens;
  for (const tool of ['here', 'worker', 'process']) {
    await timed(running, tool, [first, first, first]);
    report(
      `${tool}, warm`,
      await timed(
        running,
        tool,
        Array.from({ length: WARM }, () => first),
      ),
    );
  }
  for (const tool of ['worker', 'process'])
    report(`${tool}, cold: nothing started`, await timed(running, tool, others));
  await stop(running);
  const spare = await start({ BENCH_PRINCIPALS: String(COLD), BENCH_READY: '1' });
  const times: number[] = [];
  for (const token of spare.tokens) {
    times.push(...(await timed(spare, 'process', [token])));
    // The next one is started meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  }
  report('process, first call of a principal, one ready', times);
  await stop(spare);
}

const FS = "process.getBuiltinModule('fs')";
/** Each takes what it can get of one thing, until its deadline. */
const HOGS: ReadonlyMap<string, string> = new Map([
  ['processors', '(() => { for (;;); })()'],
  [
    'memory',
    '(() => { for (let kept = []; ; kept = []) for (let n = 0; n < 20; n++) kept.push(Buffer.alloc(4 << 20, n)); })()',
  ],
  ['disk', `(() => { for (let n = 0; ; n++) ${FS}.writeFileSync('/tmp/' + (n % 8), Buffer.alloc(1 << 20, n)); })()`],
  ['threads', "(() => { for (;;) process.getBuiltinModule('crypto').pbkdf2Sync('x', 'y', 100000, 64, 'sha512'); })()"],
  ['crashes', 'process.abort()'],
]);

/** The neighbour's calls for some seconds, over four connections. */
async function neighbour(running: Running, token: string): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const times: number[] = [];
  const end = performance.now() + SECONDS * 1_000;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (performance.now() < end) {
        const [ms, served] = await call(running, agent, token, 'here', 'x');
        if (!served) throw new Error('the neighbour was refused');
        times.push(ms);
        // A neighbour, not a load: the question is how long one call takes.
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }),
  );
  agent.destroy();
  return times;
}

/** Four handlers of another principal, again and again, until the function given back is called. */
function beginHogs(running: Running, token: string, text: string): () => Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const ending = new AbortController();
  const hogs = Array.from({ length: 4 }, async () => {
    while (!ending.signal.aborted) {
      await call(running, agent, token, 'hog', text).catch(() => undefined);
      // One that is refused at once is a flood of requests, which the rate limit is for: it was set out of the way here.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  return async () => {
    ending.abort();
    agent.destroy();
    await Promise.all(hogs);
  };
}

async function neighbours(): Promise<void> {
  const running = await start({});
  const [bob = '', alice = ''] = running.tokens;
  await neighbour(running, bob);
  for (const [what, text] of HOGS) {
    const [alone, beside]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(...(await neighbour(running, bob)));
      const end = beginHogs(running, alice, text);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      beside.push(...(await neighbour(running, bob)));
      await end();
    }
    report(`neighbour alone`, alone);
    report(`neighbour beside a hog of ${what}`, beside);
    say(
      `${' '.repeat(44)} p99 ratio ${(at(beside, 0.99) / at(alone, 0.99)).toFixed(2)}, median ratio ${(at(beside, 0.5) / at(alone, 0.5)).toFixed(2)}`,
    );
  }
  await stop(running);
}

if (!process.argv.includes('--neighbours')) await costs();
await neighbours();
