import { collectGarbage } from './fuzz/heap.ts';
import { fuzzHttp, type Tally } from './fuzz/http.ts';
import { fuzzStdio } from './fuzz/stdio.ts';
import { startSubject } from './fuzz/subject.ts';

/** Requests of one chunk; the heap is measured between chunks. */
const CHUNK = 20_000;
/** Of every ten requests, how many go over HTTP; the others are lines on standard input. */
const OVER_HTTP = 2;

/** What a run came to. */
export interface Report {
  readonly requests: number;
  /** HTTP answers by status. */
  readonly statuses: Tally;
  readonly lines: number;
  /** Bytes by which the heap grew after the first two chunks. */
  readonly growth: number;
}

/**
 * Fuzzes the HTTP endpoint and the stdio host with requests that depend on the seed alone.
 * @throws Error that names the seed and the request at fault.
 */
export async function fuzz(
  requests: number,
  seed: number,
  progress: (text: string) => void = () => undefined,
): Promise<Report> {
  // The endpoint with the modern era alone, and with both open, chunk by chunk.
  const subjects = [await startSubject(false), await startSubject(true)] as const;
  const statuses: Tally = new Map();
  let lines = 0;
  let first = 0;
  let last = 0;
  try {
    for (let at = 0; at < requests; at += CHUNK) {
      const end = Math.min(requests, at + CHUNK);
      const split = at + Math.ceil(((end - at) * OVER_HTTP) / 10);
      for (const [status, count] of await fuzzHttp(subjects[(at / CHUNK) % 2 === 0 ? 0 : 1], seed, at, split))
        statuses.set(status, (statuses.get(status) ?? 0) + count);
      lines += await fuzzStdio(seed, split, end);
      last = collectGarbage();
      if (at <= CHUNK) first = last;
      progress(`${end} of ${requests}, heap ${Math.round(last / 1e6)} MB`);
    }
  } finally {
    for (const subject of subjects) await subject.close();
  }
  return { requests, statuses, lines, growth: last - first };
}

if (import.meta.main) {
  const requests = Number(process.argv[2] ?? 1_000_000);
  const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`fuzz: ${requests} requests, seed ${seed}`);
  const started = Date.now();
  const { statuses, lines, growth } = await fuzz(requests, seed, (text) => console.log(text));
  const byStatus = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  console.log(`HTTP answers: ${byStatus.join(', ')}; lines: ${lines}; heap growth: ${Math.round(growth / 1e6)} MB`);
  console.log(`fuzz: ${requests} requests without a fault in ${Math.round((Date.now() - started) / 1000)} s`);
}
