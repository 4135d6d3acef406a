import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Effect } from '../../pipeline/catalog.ts';
import { readWindows } from './acts.ts';
import { compare, type Finding } from './compare.ts';
import { Facts, type SampleResult } from './facts.ts';
import { readTrace, traceOptions } from './trace.ts';

/** What came of one tool. */
export interface Behaviour {
  readonly tool: string;
  readonly effect: Effect;
  readonly samples: readonly SampleResult[];
  /** What it did that it did not declare, each with the sample that showed it first. */
  readonly findings: readonly (Finding & { readonly sample: string })[];
  /** Why the tool could not be run at all. */
  readonly error?: string;
}

/** A tool to run, and where. */
export interface BehaveTask {
  readonly strace: string;
  /** Absolute path of the server's module. */
  readonly module: string;
  /** Absolute path of its configuration; empty for none. */
  readonly config: string;
  readonly tool: string;
  readonly effect: Effect;
}

const STRACES = ['/usr/bin/strace', '/bin/strace', '/usr/local/bin/strace'];

/** Where strace is, or nothing. */
export function findStrace(): string | undefined {
  return process.platform === 'linux' ? STRACES.find((path) => existsSync(path)) : undefined;
}

/** Runs a tool on its samples in a process of its own, under strace, and says what it did that it did not declare. */
export async function observe({ strace, module, config, tool, effect }: BehaveTask): Promise<Behaviour> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'portcullis-behave-')));
  try {
    // A sandbox of root runs as another user, and has its own folder below this one.
    await chmod(folder, 0o711);
    const temporary = join(folder, 'tmp');
    await mkdir(temporary);
    await chmod(temporary, 0o711);
    const token = randomUUID();
    const trace = join(folder, 'trace');
    const built = new URL('./main.js', import.meta.url);
    const main = fileURLToPath(existsSync(built) ? built : new URL('./main.ts', import.meta.url));
    const child = spawn(
      strace,
      [...traceOptions(trace), process.execPath, '--no-warnings', main, module, config, tool, folder, token],
      { stdio: ['ignore', 'ignore', 'ignore'], env: { ...process.env, TMPDIR: temporary } },
    );
    await once(child, 'close');
    const facts = Facts.parse(JSON.parse(await readFile(join(folder, 'facts.json'), 'utf8').catch(unread)));
    if (facts.mistake !== undefined) return { tool, effect, samples: [], findings: [], error: facts.mistake };
    const windows = readWindows(readTrace(await readFile(trace, 'utf8')), token);
    const usual = windows
      .filter(({ label }) => label === 'nothing')
      .flatMap(({ acts }) => acts.map(({ what }) => what));
    const allowance = { ...facts.allowance, own: [...facts.allowance.own, ...usual] };
    const findings = windows
      .filter(({ label }) => label !== 'nothing')
      .flatMap(({ label, acts }) => compare(acts, allowance).map((finding) => ({ ...finding, sample: label })));
    return { tool, effect, samples: facts.samples, findings: merge(findings) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function unread(): string {
  return JSON.stringify({ mistake: 'the process that ran it ended before it told what came of it' });
}

/** The same thing in several samples is one finding. */
function merge(findings: Behaviour['findings']): Behaviour['findings'] {
  const merged = new Map<string, Behaviour['findings'][number]>();
  for (const finding of findings) {
    const key = `${finding.kind} ${finding.what} ${finding.by ?? ''}`;
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined
        ? finding
        : { ...known, times: known.times + finding.times, failed: known.failed && finding.failed },
    );
  }
  return [...merged.values()];
}
