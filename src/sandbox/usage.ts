import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import type { ChannelUsage } from './channel.ts';

/** Nothing is known of it. */
export const NO_USAGE: ChannelUsage = Object.freeze({ cpuMs: 0, rssBytes: 0, peakRssBytes: 0, diskBytes: 0 });

/** Linux counts processor time for `/proc` in hundredths of a second on every architecture (proc(5), USER_HZ). */
const TICK_MS = 10;

/** What a process has used, out of `/proc` (proc(5)); `NO_USAGE` when it is gone. */
export function readUsage(pid: number): ChannelUsage {
  const status = read(`/proc/${pid}/status`);
  const stat = read(`/proc/${pid}/stat`);
  if (status === '' || stat === '') return NO_USAGE;
  // The name of the program stands in brackets, and may hold anything: count from the last one.
  const after = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(after[11] ?? 0) + Number(after[12] ?? 0);
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return {
    cpuMs: ticks * TICK_MS,
    rssBytes: kib('VmRSS'),
    peakRssBytes: kib('VmHWM'),
    diskBytes: 0,
  };
}

/** The process at the end of a chain of single children: the program that bubblewrap runs, seen from the host. */
export function innermost(pid: number): number {
  let at = pid;
  for (let steps = 0; steps < 8; steps++) {
    const [child] = childrenOf(at);
    if (child === undefined) return at;
    at = child;
  }
  return at;
}

/** Memory of a process and of all that came of it, in bytes; shared pages are counted for each that has them. */
export function treeMemory(pid: number): number {
  return treeOf(pid).reduce((sum, each) => sum + Number(read(`/proc/${each}/statm`).split(' ')[1] ?? 0) * PAGE, 0);
}

/** A process and all that came of it and still has its parent, the process itself first. */
export function treeOf(pid: number): readonly number[] {
  const tree: number[] = [];
  const left = [pid];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    tree.push(at);
    left.push(...childrenOf(at));
  }
  return tree;
}

/**
 * What stands in the temporary folder of a sandbox, seen from the host: it is known by its size. Nothing while the
 * sandbox is being made, when it is gone, or when it is not the host's to look into.
 */
export function temporaryUse(pid: number, size: number): { readonly bytes: number; readonly files: number } {
  try {
    const { blocks, bfree, bsize, files, ffree } = statfsSync(`/proc/${pid}/root/tmp`);
    if (blocks * bsize === Math.ceil(size / PAGE) * PAGE)
      return { bytes: (blocks - bfree) * bsize, files: files - ffree };
  } catch {
    // Gone, or closed to us.
  }
  return { bytes: 0, files: 0 };
}

const PAGE = 4_096;

/** INVARIANT: of every thread: what another than the first has started stands in its own list (proc(5)). */
function childrenOf(pid: number): readonly number[] {
  return threadsOf(pid).flatMap((thread) => {
    const listed = read(`/proc/${pid}/task/${thread}/children`).trim();
    return listed === '' ? [] : listed.split(' ').map(Number);
  });
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
