import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEvent, Recorder } from '../../record/event.ts';
import { openLog } from '../../record/log.ts';
import type { LogOptions } from '../../record/options.ts';

/**
 * Opens the audit log: a Merkle tree over append-only segments with signed checkpoints, so that an altered, dropped,
 * reordered or truncated record is found with its place (RFC 6962, C2SP tlog-checkpoint). With the control off, lines go
 * to a plain file that anyone can rewrite unnoticed.
 */
export async function configure(weakened: ReadonlySet<string>, options: LogOptions): Promise<Recorder> {
  return weakened.has('log-integrity') ? openPlain(options.directory) : openLog(options);
}

async function openPlain(directory: string): Promise<Recorder> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'segment-000000000000.jsonl');
  let index = -1;
  let last: Promise<unknown> = Promise.resolve();
  const write = (event: AuditEvent): Promise<unknown> => {
    last = last.then(() => appendFile(path, `${JSON.stringify(event)}\n`, { mode: 0o600 }));
    return last;
  };
  return {
    healthy: true,
    async append(event: AuditEvent) {
      index += 1;
      const at = index;
      await write(event);
      return { index: at };
    },
    note: (event) => void write(event),
    close: async () => void (await last),
  };
}
