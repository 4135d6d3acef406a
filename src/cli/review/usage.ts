import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VERIFIER_FILE } from '../../config/places.ts';
import { readLog } from '../../record/read.ts';
import { verifyLog } from '../../record/verify.ts';

/** What the audit log tells of a time. */
export interface Usage {
  /** Whether the chain holds. `undefined` where there is no log. */
  readonly isWhole: boolean | undefined;
  readonly records: number;
  /** When the log begins, in milliseconds; use before that is not known. */
  readonly begins: number | undefined;
  /** How often each tool, resource or prompt was used, and each client came. */
  readonly targets: ReadonlyMap<string, number>;
  readonly clients: ReadonlyMap<string, number>;
  /** What was changed: configuration, definitions, switches, grants, weakened controls. */
  readonly changes: readonly { readonly time: number; readonly what: string }[];
}

const CHANGES: ReadonlySet<string> = new Set(['config', 'drift', 'switch', 'weakened', 'grant', 'rotation']);
const MOST_CHANGES = 2000;

/** Reads what was used and changed from a time on, and verifies the log by the key in its folder. */
export async function readUsage(directory: string, from: number): Promise<Usage> {
  const key = await readFile(join(directory, VERIFIER_FILE), 'utf8').catch(() => undefined);
  const [targets, clients] = [new Map<string, number>(), new Map<string, number>()];
  const changes: { time: number; what: string }[] = [];
  if (key === undefined) return { isWhole: undefined, records: 0, begins: undefined, targets, clients, changes };
  const { ok, records } = await verifyLog(directory, key.trim());
  let begins: number | undefined;
  const add = (counts: Map<string, number>, name: string | undefined): void => {
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  try {
    for await (const { time, kind, target, client, decision, before, after, scopes, detail } of readLog(directory)) {
      begins ??= time;
      if (time < from) continue;
      if (kind === 'outcome') {
        add(targets, target);
        add(clients, client);
      }
      if (!CHANGES.has(kind) || changes.length >= MOST_CHANGES) continue;
      const parts = [
        target,
        decision,
        before === undefined ? after : `${before} to ${after ?? ''}`,
        scopes?.join(' '),
        detail,
      ];
      changes.push({
        time,
        what: [`${kind}:`, ...parts.filter((part) => part !== undefined && part !== '')].join(' '),
      });
    }
  } catch {
    // A line that is no record: the verification has told that the log is not whole.
  }
  return { isWhole: ok, records, begins, targets, clients, changes };
}
