import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { verifyLog } from '../../record/verify.ts';

type Lines = readonly string[];

/** What somebody with access to the folder could do to the records; the first of them is the start of the server. */
const CHANGES: ReadonlyMap<string, (lines: Lines) => Lines> = new Map<string, (lines: Lines) => Lines>([
  ['an altered record', (lines) => lines.map((line, at) => (at === 1 ? alter(line) : line))],
  ['a dropped record', (lines) => lines.filter((_, at) => at !== 1)],
  ['a moved record', (lines) => [lines[1] ?? '', lines[0] ?? '', ...lines.slice(2)]],
  ['a repeated record', (lines) => [...lines.slice(0, 2), ...lines.slice(1)]],
]);

const NO_SIGNATURE = 'a log without its checkpoints';

/** Alters copies of the log, and has the verifier look at them. */
export const rule: Rule = {
  id: 'log-integrity',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [];
    for (const label of ['a call', 'a second call', 'a third call'])
      seen.push({ label, reply: await connection.request('tools/call', { name: 'echo', arguments: { text: label } }) });
    await connection.close();
    const records = await target.records();
    seen.push({ label: 'the log', fact: records.length });
    const { log } = target;
    if (log === undefined) return seen;
    seen.push({ label: 'the log as it is', fact: await verdictOn(log, (lines) => lines) });
    for (const [label, change] of CHANGES) seen.push({ label, fact: await verdictOn(log, change) });
    seen.push({ label: NO_SIGNATURE, fact: await verdictOn(log, (lines) => lines, withoutCheckpoints) });
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: {
        'a call': served,
        'a second call': served,
        'a third call': served,
        'the log': ({ fact }) => typeof fact === 'number' && fact >= 3,
      },
      attacks: {
        'the log as it is': ({ fact }) => fact === 'whole',
        ...Object.fromEntries(
          [...CHANGES.keys(), NO_SIGNATURE].map((label) => [label, ({ fact }: Observation) => fact === 'changed']),
        ),
      },
    });
  },
};

/** What the verifier says of a copy of the log with its newest segment changed. */
async function verdictOn(
  log: NonNullable<Target['log']>,
  change: (lines: Lines) => Lines,
  also?: (copy: string) => Promise<void>,
): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'portcullis-log-'));
  try {
    await cp(log.directory, copy, { recursive: true });
    const segment = (await readdir(copy))
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
      .at(-1);
    if (segment === undefined) return 'no segment';
    const lines = (await readFile(join(copy, segment), 'utf8')).split('\n').filter((line) => line !== '');
    await writeFile(join(copy, segment), `${change(lines).join('\n')}\n`);
    await also?.(copy);
    const { ok } = await verifyLog(copy, log.publicKey);
    return ok ? 'whole' : 'changed';
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function withoutCheckpoints(copy: string): Promise<void> {
  for (const name of ['checkpoint', 'checkpoints']) await rm(join(copy, name), { recursive: true, force: true });
}

/** Gives another minute to a record, and leaves everything else of it. */
function alter(line: string): string {
  return line.replace(/"time":(\d+)/, (_, time: string) => `"time":${Number(time) - 60_000}`);
}
