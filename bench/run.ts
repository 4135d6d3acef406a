import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { load, type LoadResult } from './load.ts';

const CONNECTIONS = 32;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4);

interface Running {
  readonly child: ChildProcess;
  readonly url: URL;
  readonly tokens: readonly string[];
}

interface Row {
  readonly name: string;
  readonly results: LoadResult[];
  idleMb: number;
  peakMb: number;
  /** Processor time of the server a call, in microseconds, round by round. */
  readonly cpuUs: number[];
}

/** Pins servers to one core and the load to another, where the machine has `taskset` and two cores. */
const pinned = spawnSync('taskset', ['--version']).status === 0;

function start(name: string, env: Record<string, string> = {}): Promise<Running> {
  const path = new URL(`servers/${name}.ts`, import.meta.url).pathname;
  const child = fork(path, [], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  if (pinned && child.pid !== undefined) spawnSync('taskset', ['-a', '-p', '-c', '0', String(child.pid)]);
  return new Promise((resolve, reject) => {
    child.once('message', (message: { readonly url: string; readonly tokens: readonly string[] }) => {
      if (pinned && child.pid !== undefined) spawnSync('taskset', ['-a', '-p', '-c', '0', String(child.pid)]);
      resolve({ child, url: new URL(message.url), tokens: message.tokens });
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
}

async function stop({ child }: Running): Promise<void> {
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  await ended;
}

function memoryMb(child: ChildProcess, field: 'VmRSS' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** Processor time of a process and its threads so far, in microseconds; 0 where the system does not tell. */
function cpuUs(child: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return 0;
  }
}

/** Interleaves the servers round by round, so that whatever else the machine does hits all of them alike. */
async function compare(
  names: readonly string[],
  env: Readonly<Record<string, Record<string, string>>> = {},
): Promise<readonly Row[]> {
  const rows = names.map((name): Row => ({ name, results: [], idleMb: 0, peakMb: 0, cpuUs: [] }));
  const running: Running[] = [];
  for (const name of names) running.push(await start(name.split(' ')[0] ?? name, env[name] ?? {}));
  for (const [index, { child, url, tokens }] of running.entries()) {
    const row = rows[index];
    if (row !== undefined) row.idleMb = memoryMb(child, 'VmRSS');
    await load(url, tokens, CONNECTIONS, 1.5);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { child, url, tokens }] of running.entries()) {
      const before = cpuUs(child);
      const result = await load(url, tokens, CONNECTIONS, SECONDS);
      rows[index]?.results.push(result);
      rows[index]?.cpuUs.push((cpuUs(child) - before) / (result.perSecond * SECONDS));
    }
  }
  for (const [index, { child }] of running.entries()) {
    const row = rows[index];
    if (row !== undefined) row.peakMb = memoryMb(child, 'VmHWM');
  }
  for (const one of running) await stop(one);
  return rows;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const perSecond = (row: Row | undefined): number => median(row?.results.map((result) => result.perSecond) ?? []);

function print(rows: readonly Row[]): void {
  for (const row of rows) {
    const failures = row.results.reduce((sum, result) => sum + result.failures, 0);
    process.stdout.write(
      `${row.name.padEnd(28)}${perSecond(row).toFixed(0).padStart(8)} calls/s   median ${median(row.results.map((result) => result.medianMs)).toFixed(2)} ms   p99 ${median(row.results.map((result) => result.p99Ms)).toFixed(2)} ms   cpu ${median(row.cpuUs).toFixed(1)} us/call   memory ${row.idleMb} -> ${row.peakMb} MB   failures ${failures}\n`,
    );
  }
}

if (pinned) spawnSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)]);
process.stdout.write(
  `tools/call over HTTP, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s each, servers ${pinned ? 'on one core' : 'not pinned'}\n`,
);
const rows = await compare(['raw', 'sdk', 'portcullis']);
print(rows);
const [raw, sdk, ours] = rows.map(perSecond);
const [rawCpu, sdkCpu, ourCpu] = rows.map((row) => median(row.cpuUs));
process.stdout.write(
  `ratio: ${((ours ?? 0) / (sdk ?? 1)).toFixed(1)} x the official SDK bare, ${((ours ?? 0) / (raw ?? 1)).toFixed(2)} x raw node:http\n`,
);
process.stdout.write(
  `by processor time a call: ${((sdkCpu ?? 0) / (ourCpu ?? 1)).toFixed(1)} x the official SDK bare, ${((rawCpu ?? 0) / (ourCpu ?? 1)).toFixed(2)} x raw node:http\n`,
);
if (!process.argv.includes('--quick')) {
  process.stdout.write('\ngrowth\n');
  const grown = await compare(['portcullis', 'portcullis 1,000 tools', 'portcullis 100,000 principals'], {
    'portcullis 1,000 tools': { BENCH_TOOLS: '1000' },
    'portcullis 100,000 principals': { BENCH_PRINCIPALS: '100000' },
  });
  print(grown);
  const [one, thousand, many] = grown.map(perSecond);
  process.stdout.write(
    `ratio to one tool and one principal: ${((thousand ?? 0) / (one ?? 1)).toFixed(2)} with 1,000 tools, ${((many ?? 0) / (one ?? 1)).toFixed(2)} after 100,000 principals, 2,000 of them calling\n`,
  );
}
