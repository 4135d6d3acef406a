import { readFileSync, readdirSync } from 'node:fs';

/** Ids of the processes whose command line holds a marker. */
export function processes(marker: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(marker);
    } catch {
      return false;
    }
  });
}
