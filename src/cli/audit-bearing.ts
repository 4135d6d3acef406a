import { existsSync, lstatSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { applyBaseline, parseBaseline } from '../audit/manage/baseline.ts';
import { readBounded } from '../audit/read-bounded.ts';
import { applyChanges, readChanges } from '../audit/manage/since.ts';
import { applyWaivers, unusedWaivers } from '../audit/manage/waive.ts';
import { parseWaivers, WAIVERS_FILE } from '../audit/manage/waivers.ts';
import { jsonReport } from '../audit/report/json.ts';
import type { AuditReport } from '../audit/run.ts';
import { Mistake } from './mistake.ts';

const MOST_WAIVER_BYTES = 1024 * 1024;
const MOST_BASELINE_BYTES = 64 * 1024 * 1024;

/** Options of `audit` about findings that are known. */
export interface BearingOptions {
  /** A file; `false` for none, also where one stands beside the target. */
  readonly waivers?: string | false;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly since?: string;
  readonly replay?: boolean;
}

/** Enters those options. */
export function addBearing(command: Command): Command {
  return command
    .option('--waivers <file>', `findings that somebody answers for; ${WAIVERS_FILE} beside the target when left out`)
    .option('--no-waivers', 'take none, also where a file of them stands beside the target')
    .option(
      '--baseline <file>',
      'a report that was kept as JSON: what stands in it is told as known, and does not fail',
    )
    .option('--write-baseline <file>', 'write such a report')
    .option('--since <commit>', 'what stands in lines that git has not seen change since then does not fail');
}

/** Lets waivers, a baseline and what changed bear on a report. */
export async function bear(report: AuditReport, target: string, options: BearingOptions): Promise<AuditReport> {
  const { baseline, since, writeBaseline, replay } = options;
  if (since !== undefined && (replay === true || !existsSync(target)))
    throw new Mistake('--since asks git about a file or folder, and there is none here.');
  let told = await waive(report, target, options);
  if (writeBaseline !== undefined) await writeFile(writeBaseline, jsonReport(told));
  if (baseline !== undefined) {
    const known = await reading(baseline, async () => parseBaseline(await readBounded(baseline, MOST_BASELINE_BYTES)));
    told = { ...applyBaseline(told, known), bearing: { ...told.bearing, baseline: { file: baseline } } };
  }
  if (since !== undefined) {
    const changes = await readChanges(target, since).catch((error: unknown) => {
      throw new Mistake(error instanceof Error ? error.message : String(error));
    });
    const { commit } = changes;
    told = { ...applyChanges(told, changes), bearing: { ...told.bearing, since: { ref: since, commit } } };
  }
  return told;
}

async function waive(report: AuditReport, target: string, options: BearingOptions): Promise<AuditReport> {
  const file = options.waivers ?? (options.replay === true ? false : besides(target));
  if (file === false) return report;
  const text = await reading(file, () => readBounded(file, MOST_WAIVER_BYTES));
  const { waivers, problems } = parseWaivers(text, new Date());
  const told = applyWaivers(report, waivers);
  const unused = unusedWaivers(told, waivers);
  return { ...told, bearing: { ...told.bearing, waivers: { file, counted: waivers.length, problems, unused } } };
}

/** The file of waivers beside a target: in a folder, next to a file, else where the command runs. */
function besides(target: string): string | false {
  const facts = lstatSync(target, { throwIfNoEntry: false });
  const folder = facts?.isDirectory() === true ? target : facts === undefined ? '.' : dirname(target);
  const file = join(folder, WAIVERS_FILE);
  return existsSync(file) ? file : false;
}

async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new Mistake(`${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
