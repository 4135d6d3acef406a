import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** A process that belongs to a subject of the bench. */
export interface Process {
  readonly pid: number;
  /** Whether it is the upstream, and not what stands in front of it. */
  readonly isUpstream: boolean;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** The processes that come of some, these included, told apart by whether their command line names the upstream. */
export function processesOf(roots: readonly number[], upstream: string): readonly Process[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = Number(read(`/proc/${entry}/stat`).split(') ').at(-1)?.split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found: Process[] = [];
  const rest = [...roots];
  for (let pid = rest.pop(); pid !== undefined; pid = rest.pop()) {
    rest.push(...(children.get(pid) ?? []));
    const words = read(`/proc/${pid}/cmdline`).split('\0');
    // A sandbox or a proxy names the upstream as well, further behind.
    found.push({ pid, isUpstream: words[1] === upstream });
  }
  return found;
}

/** Resident memory of some processes together, in MB. */
export function residentMb(pids: readonly number[]): number {
  const kb = pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  return Math.round(kb.reduce((sum, each) => sum + each, 0) / 1024);
}

/** Processor time of some processes together, in microseconds. */
export function cpuUs(pids: readonly number[]): number {
  return pids
    .map((pid) => {
      const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
      return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10_000;
    })
    .reduce((sum, each) => sum + each, 0);
}

/** Whether processes can be kept to a core here. */
export const canPin: boolean = spawnSync('taskset', ['--version']).status === 0;

/** Keeps processes and their threads to one core. */
export function pin(pids: readonly number[], core: number): void {
  if (!canPin) return;
  for (const pid of pids) spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)]);
}

/**
 * Gives processes the urgency of this one, where the system lets it. The sandbox lowers upstreams, which costs nothing while
 * there are processors to spare; where there are none, the scheduler would be compared, and not what stands in front.
 */
export function raise(pids: readonly number[]): boolean {
  const own = getPriority();
  try {
    for (const pid of pids) {
      if (getPriority(pid) === own) continue;
      setPriority(pid, own);
      writeFileSync(`/proc/${pid}/autogroup`, '0');
    }
    return true;
  } catch {
    return false;
  }
}
