import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { placesOf, VERIFIER_FILE } from '../config/places.ts';
import { parseConfig, readConfig } from '../config/read.ts';
import type { AuditRecord } from '../record/parse-record.ts';
import { formatRecord, readLog } from '../record/read.ts';
import { verifyLog } from '../record/verify.ts';
import { Mistake } from './mistake.ts';

/** Options that all log commands have. */
export interface LogCommandOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly key?: string;
  readonly known?: readonly string[];
  readonly lines?: string;
  readonly request?: string;
  readonly follow?: boolean;
}

/** Where the log is: the folder that was named, that of the configuration, or that of `portcullis dev`. */
async function findLog(directory: string | undefined, { config }: LogCommandOptions) {
  const source = config === undefined ? parseConfig('profile: dev', 'portcullis.yaml') : await readConfig(config);
  const found = directory === undefined ? placesOf(source).audit : resolve(directory);
  const facts = await stat(join(found, 'checkpoint')).catch(() => undefined);
  if (facts === undefined) throw new Mistake(`there is no audit log in ${found}. Name its folder, or --config <file>.`);
  return { directory: found, verifier: join(found, VERIFIER_FILE) };
}

/** Checks every record, the tree and every signature. */
export async function logVerify(directory: string | undefined, options: LogCommandOptions): Promise<void> {
  const log = await findLog(directory, options);
  const key = options.key ?? (await readFile(log.verifier, 'utf8').catch(() => undefined));
  if (key === undefined) {
    throw new Mistake(`${log.verifier} is not there. Give the log's public key: --key name+hash+key`);
  }
  const known = await Promise.all((options.known ?? []).map((file) => readFile(file, 'utf8')));
  const report = await verifyLog(log.directory, key.trim(), { known });
  if (options.json === true) {
    const { newest, ...rest } = report;
    say(JSON.stringify({ ...rest, newest: newest === undefined ? undefined : { size: newest.size } }));
  } else {
    for (const { kind, file, line, detail } of report.findings) say(`${file}:${line}: ${kind}: ${detail}`);
    const count = `${report.records} records, ${report.signed} signed`;
    say(
      report.ok ? `The log is whole: ${count}.` : `The log is NOT whole: ${count}, ${report.findings.length} findings.`,
    );
  }
  if (!report.ok) process.exitCode = 1;
}

/** Prints the last records, then each new one until it is stopped. */
export async function logTail(directory: string | undefined, options: LogCommandOptions): Promise<void> {
  const log = await findLog(directory, options);
  const most = Number(options.lines ?? 10);
  if (!Number.isSafeInteger(most) || most < 0) throw new Mistake('--lines: give a whole number.');
  let last: AuditRecord[] = [];
  let next = 0;
  for await (const record of readLog(log.directory)) {
    next = record.index + 1;
    last.push(record);
    if (last.length > 2 * most + 100) last = last.slice(-most);
  }
  for (const record of most === 0 ? [] : last.slice(-most)) print(record, options);
  if (options.follow === false) return;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  for await (const record of readLog(log.directory, { from: next, follow: true, signal: stop.signal })) {
    print(record, options);
  }
}

/** Prints the whole log, or what belongs to one request. */
export async function logShow(directory: string | undefined, options: LogCommandOptions): Promise<void> {
  const log = await findLog(directory, options);
  const { request } = options;
  const filter = (record: AuditRecord): boolean => request === undefined || record.request === request;
  let found = false;
  for await (const record of readLog(log.directory, { filter })) {
    found = true;
    print(record, options);
  }
  if (!found && request !== undefined) throw new Mistake(`no record has the request id ${request}.`);
}

function print(record: AuditRecord, { json }: LogCommandOptions): void {
  say(json === true ? JSON.stringify(record) : formatRecord(record));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
