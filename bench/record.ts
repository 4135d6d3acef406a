import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { AuditEvent } from '../src/record/event.ts';
import { openLog } from '../src/record/log.ts';

/**
 * Records per second of the audit log under 32 concurrent callers, with the work of a request between two records
 * simulated by `work` microseconds of computing; then the ways of writing a batch, compared without the log.
 *
 * Run: node bench/record.ts [directory]
 */
const CLIENTS = 32;
const SECONDS = 2;
const parent = process.argv[2] ?? tmpdir();

const ids = Array.from({ length: 4096 }, () => randomBytes(16).toString('base64url'));
const digests = Array.from({ length: 4096 }, () => randomBytes(32).toString('base64url'));
const pick = (values: readonly string[], at: number): string => values[at % values.length] ?? '';

/** Intent and outcome of calls by turns, of the size that real ones have. */
function createEvents(): () => AuditEvent {
  let count = 0;
  return () => {
    const at = count++;
    const call = {
      time: Date.now(),
      request: pick(ids, at >> 1),
      host: 'server',
      transport: 'http',
      era: 'modern',
      method: 'tools/call',
      target: 'search_notes',
      principal: pick(digests, 1),
      client: 'agent-1',
      decision: 'pass',
    } as const;
    return at % 2 === 0
      ? { ...call, kind: 'intent', args: pick(digests, at), definition: pick(digests, 0) }
      : { ...call, kind: 'outcome', result: pick(digests, at), bytes: 412, ms: (at % 3000) / 1000 };
  };
}

function compute(microseconds: number): void {
  const end = performance.now() + microseconds / 1000;
  while (performance.now() < end);
}

interface Measure {
  readonly perSecond: number;
  /** Microseconds of processor time for each record, beside the simulated work. */
  readonly cpu: number;
}

async function measure(work: number, append: () => Promise<unknown>): Promise<Measure> {
  const end = performance.now() + SECONDS * 1000;
  const began = performance.now();
  const before = process.cpuUsage();
  let records = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (performance.now() < end) {
        if (work > 0) compute(work);
        await append();
        records++;
        await turn();
      }
    }),
  );
  const used = process.cpuUsage(before);
  return {
    perSecond: (records / (performance.now() - began)) * 1000,
    cpu: (used.user + used.system) / records - work,
  };
}

function print(name: string, work: number, { perSecond, cpu }: Measure, idle?: Measure): void {
  const own = idle === undefined ? '' : `  ${(cpu - idle.cpu).toFixed(2)} of it the log's`;
  console.log(
    `${name.padEnd(34)} work ${String(work).padStart(2)} us  ${Math.round(perSecond).toString().padStart(7)}/s  ${cpu.toFixed(2)} us CPU each${own}`,
  );
}

type WriteBatch = (fd: number, data: Buffer) => Promise<void> | void;

const orThrow = (callback: () => void) => (error: NodeJS.ErrnoException | null) => {
  if (error) throw error;
  callback();
};

const WAYS: readonly (readonly [string, number, WriteBatch])[] = [
  [
    'writeSync + fdatasyncSync',
    0,
    (fd, data) => {
      writeSync(fd, data);
      fdatasyncSync(fd);
    },
  ],
  [
    'writeSync + fdatasync',
    0,
    (fd, data) => {
      writeSync(fd, data);
      return new Promise((resolve) => fdatasync(fd, orThrow(resolve)));
    },
  ],
  [
    'write + fdatasync',
    0,
    (fd, data) =>
      new Promise((resolve) =>
        write(
          fd,
          data,
          0,
          data.length,
          null,
          orThrow(() => fdatasync(fd, orThrow(resolve))),
        ),
      ),
  ],
  ...(process.platform === 'linux'
    ? [
        [
          'write with O_DSYNC',
          constants.O_DSYNC,
          (fd: number, data: Buffer) =>
            new Promise<void>((resolve) => write(fd, data, 0, data.length, null, orThrow(resolve))),
        ] as const,
      ]
    : []),
];

/** Group commit with nothing but lines of 400 bytes, so that only the way of writing differs. */
function createPlainLog(fd: number, writeBatch: WriteBatch): () => Promise<void> {
  const line = `${'x'.repeat(399)}\n`;
  let pending = '';
  let done = Promise.withResolvers<void>();
  let busy = false;
  const run = async (): Promise<void> => {
    while (pending !== '') {
      const [data, { resolve }] = [Buffer.from(pending, 'latin1'), done];
      pending = '';
      done = Promise.withResolvers();
      await writeBatch(fd, data);
      resolve();
    }
    busy = false;
  };
  return () => {
    pending += line;
    if (!busy) {
      busy = true;
      setImmediate(() => void run());
    }
    return done.promise;
  };
}

const directory = mkdtempSync(join(parent, 'portcullis-bench-'));
try {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32) };
  const log = await openLog({ directory: join(directory, 'log'), origin: 'bench.invalid/log', key });
  const next = createEvents();
  await measure(0, () => log.append(next()));
  for (const work of [0, 20, 40]) {
    // Callers that make the event and record it nowhere: what the bench itself costs.
    const idle = await measure(work, () => Promise.resolve(next()));
    print('audit log', work, await measure(work, () => log.append(next())), idle);
  }
  await log.close();
  for (const [name, flags, writeBatch] of WAYS) {
    const path = join(directory, 'plain');
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | flags, 0o600);
    for (const work of [0, 20]) print(name, work, await measure(work, createPlainLog(fd, writeBatch)));
    closeSync(fd);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
