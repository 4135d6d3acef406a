import { readFileSync } from 'node:fs';
import type { ChannelUsage } from './channel.ts';

/** Nothing is known of it. */
export const NO_USAGE: ChannelUsage = Object.freeze({ cpuMs: 0, rssBytes: 0, peakRssBytes: 0, writtenBytes: 0 });

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
    writtenBytes: Number(/^wchar: (\d+)/m.exec(read(`/proc/${pid}/io`))?.[1] ?? 0),
  };
}

/** The process at the end of a chain of single children: the program that bubblewrap runs, seen from the host. */
export function innermost(pid: number): number {
  let at = pid;
  for (let steps = 0; steps < 8; steps++) {
    const [child] = read(`/proc/${at}/task/${at}/children`).trim().split(' ');
    if (child === undefined || child === '') return at;
    at = Number(child);
  }
  return at;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
