import { openSync, readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/**
 * Open files that this process was handed by whoever started it, and that every child would inherit: a socket, a
 * database, a terminal. Numbers above 2, ascending (proc(5), `/proc/pid/fdinfo`).
 */
export function inheritedDescriptors(): readonly number[] {
  const found: number[] = [];
  for (const name of readNames()) {
    const flags = /^flags:\s*([0-7]+)/m.exec(readInfo(name))?.[1];
    if (flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0 && Number(name) > 2)
      found.push(Number(name));
  }
  return found.toSorted((a, b) => a - b);
}

function readNames(): readonly string[] {
  try {
    return readdirSync('/proc/self/fdinfo');
  } catch {
    return [];
  }
}

function readInfo(name: string): string {
  try {
    return readFileSync(`/proc/self/fdinfo/${name}`, 'latin1');
  } catch {
    // It was closed meanwhile: the one that listed the folder.
    return '';
  }
}

let nowhere: number | undefined;

/** A descriptor of `/dev/null`, to be laid over one that must not be inherited. */
export function nullDescriptor(): number {
  nowhere ??= openSync('/dev/null', 'r');
  return nowhere;
}
