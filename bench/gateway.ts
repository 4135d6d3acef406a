import { parseArgs } from 'node:util';
import { drive, introduce, median, type Driven } from './gateway/drive.ts';
import { canPin, cpuUs, pin, processesOf, raise, residentMb } from './gateway/processes.ts';
import {
  ECHO,
  peersOf,
  startDirect,
  startDirectHttp,
  startGateway,
  startHttpUpstreams,
  urlPeersOf,
  type Start,
  type Subject,
  type Upstreams,
} from './gateway/subjects.ts';

/**
 * What a gateway costs: the upstream itself, the upstream behind other people's proxies, and behind ours with every control on.
 * One connection shows the time that is added to a call, 32 how many calls a second there can be. The subjects take turns,
 * round by round, and ratios are of rounds, so that whatever else the machine does hits all of them alike.
 *
 * Run: node bench/gateway.ts [--peers <folder>] [--over stdio,http] [--upstreams 1,50] [--rounds 5] [--seconds 2]
 */
const { values } = parseArgs({
  options: {
    peers: { type: 'string' },
    over: { type: 'string', default: 'stdio,http' },
    upstreams: { type: 'string', default: '1,50' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
  },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);
const LANES = 32;
/** Nothing here takes longer, unless it hangs. */
const MOST_MS = 30 * 60_000;

interface Row {
  readonly subject: Subject;
  readonly alone: Driven[];
  readonly loaded: Driven[];
  /** Processor time for each call in microseconds, of what stands in front of the upstream. */
  readonly cpu: number[];
  front: readonly number[];
  upstreams: readonly number[];
}

async function startAll<U extends Upstreams>(starts: readonly Start<U>[], upstreams: U): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const start of starts) {
    const subject = await start(upstreams);
    rows.push({ subject, alone: [], loaded: [], cpu: [], front: [], upstreams: [] });
  }
  for (const row of rows) {
    // Every upstream has to be there before the processes are told apart.
    await introduce(row.subject);
    const processes = processesOf(row.subject.roots, ECHO);
    row.front = processes.flatMap(({ pid, isUpstream }) => (isUpstream ? [] : [pid]));
    row.upstreams = processes.flatMap(({ pid, isUpstream }) => (isUpstream ? [pid] : []));
    pin(row.front, 0);
    pin(row.upstreams, 1);
    if (!raise(row.upstreams)) say(`  the upstreams of ${row.subject.name} are less urgent than those of others`);
    await drive(row.subject, LANES, SECONDS);
  }
  return rows;
}

async function measure(row: Row): Promise<void> {
  row.alone.push(await drive(row.subject, 1, SECONDS));
  const before = cpuUs(row.front);
  const loaded = await drive(row.subject, LANES, SECONDS);
  row.loaded.push(loaded);
  row.cpu.push((cpuUs(row.front) - before) / (loaded.perSecond * SECONDS));
}

const fixed = (value: number, digits: number, width: number): string => value.toFixed(digits).padStart(width);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mid = (row: Row, pick: (row: Row, round: number) => number): number =>
  median(Array.from({ length: ROUNDS }, (_, round) => pick(row, round)));

function report(rows: readonly Row[]): void {
  const [direct] = rows;
  const ours = rows.find(({ subject }) => subject.name === OURS);
  if (direct === undefined || ours === undefined) return;
  const alone = (row: Row, round: number, field: keyof Driven): number => row.alone[round]?.[field] ?? 0;
  for (const row of rows) {
    const added = mid(row, (each, round) => alone(each, round, 'medianMs') - alone(direct, round, 'medianMs'));
    const addedP99 = mid(row, (each, round) => alone(each, round, 'p99Ms') - alone(direct, round, 'p99Ms'));
    const perSecond = mid(row, (each, round) => each.loaded[round]?.perSecond ?? 0);
    const [front, behind] = [residentMb(row.front), residentMb(row.upstreams)];
    say(
      `  ${row.subject.name.padEnd(20)}${fixed(perSecond, 0, 7)} calls/s   added median ${fixed(added, 2, 6)} ms  p99 ${fixed(addedP99, 2, 6)} ms   cpu ${fixed(median(row.cpu), 0, 5)} us/call   memory ${fixed(front, 0, 5)} MB, upstreams ${fixed(behind, 0, 5)} MB`,
    );
  }
  for (const row of rows.filter((each) => each !== ours)) {
    const ratio = mid(
      row,
      (each, round) => (ours.loaded[round]?.perSecond ?? 0) / (each.loaded[round]?.perSecond ?? 1),
    );
    const processor = mid(row, (each, round) => (each.cpu[round] ?? 0) / (ours.cpu[round] ?? 1));
    const time = row === direct ? '' : `, ${processor.toFixed(1)} x by processor time a call`;
    say(`  ratio: ${OURS} makes ${ratio.toFixed(2)} x the calls of ${row.subject.name}${time}`);
  }
}

const OURS = 'portcullis gateway';
const timer = setTimeout(() => {
  process.stderr.write('the bench did not end by itself\n');
  process.exit(1);
}, MOST_MS);
pin([process.pid], 1);
const { peers } = values;
say(
  `tools/call; ${ROUNDS} rounds of ${SECONDS} s with one connection and with ${LANES}; ${canPin ? 'what stands in front on one core, upstreams and load on another' : 'not pinned'}`,
);
if (peers === undefined)
  say(
    'Without peers. To compare: npm install --prefix <folder> mcp-proxy@6.7.19 supergateway@4.0.0, then --peers <folder>',
  );

async function run(what: string, rows: readonly Row[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) for (const row of rows) await measure(row);
  say(what);
  report(rows);
  await Promise.all(rows.map(({ subject }) => subject.end()));
}

const counts = values.upstreams.split(',').map(Number);
const many = (count: number): string => `${count} ${count === 1 ? 'upstream' : 'upstreams'}`;
for (const count of values.over.includes('stdio') ? counts : []) {
  const others = peers === undefined ? [] : peersOf(peers);
  await run(`${many(count)} over standard streams`, await startAll([startDirect, startGateway, ...others], count));
}
for (const count of values.over.includes('http') ? counts : []) {
  const { urls, pids, end } = await startHttpUpstreams(count);
  pin(pids, 1);
  const others = peers === undefined ? [] : urlPeersOf(peers);
  await run(`${many(count)} over HTTP`, await startAll([startDirectHttp, startGateway, ...others], urls));
  if (peers !== undefined) say('  mcp-proxy takes no URL; supergateway is spoken to over its standard streams');
  await end();
}
clearTimeout(timer);
