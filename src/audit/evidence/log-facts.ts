import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLog } from '../../record/read.ts';
import type { AuditRecord } from '../../record/parse-record.ts';
import { verifyLog } from '../../record/verify.ts';

/** What an audit log of this product comes to. */
export interface LogFacts {
  readonly file: string;
  /** Whether the key that it was verified with came from the reader, and not from beside the log. */
  readonly isKeyGiven: boolean;
  readonly isWhole: boolean;
  readonly records: number;
  readonly signed: number;
  /** At most 20. */
  readonly findings: readonly { readonly file: string; readonly line: number; readonly what: string }[];
  /** ISO 8601; absent where there is no record. */
  readonly from?: string;
  readonly to?: string;
  /** Records by kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Refused requests by the control that refused. */
  readonly denied: Readonly<Record<string, number>>;
  /** Outcomes and refusals of calls, and how many of them name each field that a call has. */
  readonly calls: number;
  readonly fields: Readonly<Record<string, number>>;
}

const MOST_BYTES = 512 * 1024 * 1024;
const MOST_FILES = 20_000;
const MOST_FINDINGS = 20;
const VERIFIER_FILE = 'verifier';
/** What the record of a call has to name: who, what, with which arguments, which tool, and what came of it. */
const OF_A_CALL = ['request', 'principal', 'target', 'args', 'definition', 'decision'] as const;

/**
 * Verifies an audit log and counts what is in it.
 * @param file How it is named in the report.
 * @param key `name+hash+key` from where the reader keeps it; that beside the log where it is left out, which proves less.
 * @throws TypeError that says why it cannot be read.
 */
export async function readLogFacts(file: string, directory: string, key: string | undefined): Promise<LogFacts> {
  await checkSize(directory);
  const verifier = key ?? (await readFile(join(directory, VERIFIER_FILE), 'utf8').catch(() => undefined));
  if (verifier === undefined) throw new TypeError('its public key is not beside it: give it with --log-key');
  const report = await verifyLog(directory, verifier.trim());
  const findings = report.findings.slice(0, MOST_FINDINGS).map((each) => ({
    file: `${file}/${each.file}`,
    line: Math.max(1, each.line),
    what: `${each.kind}: ${each.detail}`,
  }));
  return {
    file,
    isKeyGiven: key !== undefined,
    isWhole: report.ok,
    records: report.records,
    signed: report.signed,
    findings,
    ...(await count(directory)),
  };
}

/** A folder of a stranger may hold anything: a link to elsewhere, a pipe, more than can be read. */
async function checkSize(directory: string): Promise<void> {
  let [bytes, files] = [0, 0];
  for (const folder of [directory, join(directory, 'checkpoints')]) {
    const facts = await lstat(folder).catch(() => undefined);
    if (facts === undefined) continue;
    if (!facts.isDirectory()) throw new TypeError('it is a link, and links are not followed');
    for (const entry of await readdir(folder)) {
      const one = await lstat(join(folder, entry));
      if (one.isDirectory()) continue;
      if (!one.isFile()) throw new TypeError(`${entry.slice(0, 80)} in it is no plain file`);
      bytes += one.size;
      files += 1;
    }
  }
  if (bytes > MOST_BYTES || files > MOST_FILES)
    throw new TypeError(`it has ${bytes} bytes in ${files} files; ${MOST_BYTES} in ${MOST_FILES} are read at most`);
}

type Counts = Pick<LogFacts, 'from' | 'to' | 'kinds' | 'denied' | 'calls' | 'fields'>;

async function count(directory: string): Promise<Counts> {
  const [kinds, denied, fields] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()];
  let [calls, from, to] = [0, Infinity, -Infinity];
  const add = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  try {
    for await (const record of readLog(directory)) {
      // A time beyond what a date can be is of no clock.
      if (Math.abs(record.time) <= 8.64e15) {
        from = Math.min(from, record.time);
        to = Math.max(to, record.time);
      }
      add(kinds, record.kind);
      if (record.kind === 'denied' && record.control !== undefined) add(denied, record.control);
      if (!isCall(record)) continue;
      calls += 1;
      for (const name of OF_A_CALL) if (record[name] !== undefined) add(fields, name);
    }
  } catch {
    // A line that is no record: the verification has told of it.
  }
  return {
    ...(from <= to ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() } : {}),
    kinds: Object.fromEntries(kinds),
    denied: Object.fromEntries(denied),
    calls,
    fields: Object.fromEntries(fields),
  };
}

function isCall({ kind, method }: AuditRecord): boolean {
  return kind === 'outcome' && method === 'tools/call';
}
