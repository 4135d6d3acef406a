import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { createRun, type AuditRun, type Part, type RunFacts } from '../audit/run.ts';
import { addEvidenceOptions, gatherRecords, type EvidenceOptions } from './audit-evidence.ts';
import { addLaunchOptions, commandBehind, gatherLaunched, type LaunchCliOptions } from './audit-launch.ts';
import { addLiveOptions, gatherLive, isLiveTarget, liveOptions, type LiveCliOptions } from './audit-live.ts';
import { gatherPackage, isArchive, isPackageTarget, osvOf } from './audit-package.ts';
import { gatherProject } from './audit-project.ts';
import { Mistake } from './mistake.ts';
import { readVersion } from './version.ts';

/** What the command line says about how a target is looked at. */
export interface TargetOptions extends EvidenceOptions, LiveCliOptions, LaunchCliOptions {
  readonly osv?: string;
}

/** Enters the options about targets. */
export function addTargetOptions(command: Command): Command {
  return addLaunchOptions(addLiveOptions(addEvidenceOptions(command))).option(
    '--osv <folder>',
    'known vulnerabilities to compare lockfiles with: records of OSV, a JSON file each',
  );
}

/** A target that was named: how it is told of, whether what is found in it can be mended there, and how it is gathered. */
export interface Target {
  readonly name: string;
  readonly isFiles: boolean;
  readonly gather: () => Promise<readonly Part[]>;
}

/**
 * Tells what the targets are by how they are named: those that are named, or the command behind `--`.
 * @throws Mistake where one is nothing.
 */
export function targetsOf(words: readonly string[], options: TargetOptions): readonly Target[] {
  const command = commandBehind(words, process.argv);
  if (command === undefined) return words.map((named) => targetOf(named, options));
  const gather = async (): Promise<readonly Part[]> => [
    await gatherLaunched(command, options, await liveOptions(options)),
  ];
  return [{ name: command.join(' '), isFiles: false, gather }];
}

function targetOf(named: string, options: TargetOptions): Target {
  if (isLiveTarget(named)) {
    const [name = ''] = named.split(/[?#]/);
    // Without its query, in which a key may stand.
    return { name, isFiles: false, gather: async () => [await gatherLive(named, options)] };
  }
  const isThere = existsSync(named);
  if (isThere ? isArchive(named) : isPackageTarget(named))
    return { name: named, isFiles: false, gather: () => gatherPackage(named, osvOf(options.osv)) };
  if (!isThere)
    throw new Mistake(`there is nothing at ${named}. Name a file, a folder, or a package at its version: name@1.2.3.`);
  return { name: named, isFiles: true, gather: () => gatherProject(named, osvOf(options.osv)) };
}

/** Gathers targets, with the records of those who run them: what they are together is one run. */
export async function gatherTargets(targets: readonly Target[], options: TargetOptions): Promise<AuditRun> {
  const at = new Date().toISOString();
  const parts: Part[] = [];
  for (const { gather } of targets) parts.push(...(await gather()));
  const records = await gatherRecords(targets.find(({ isFiles }) => isFiles)?.name, options);
  if (records !== undefined) parts.push(records);
  if (parts.every(isEmpty)) throw new Mistake(`there is nothing at ${nameOf(targets)} that is looked at: ${KNOWN}`);
  const facts: RunFacts = { version: readVersion(), target: nameOf(targets), at };
  return createRun(facts, parts);
}

const KNOWN =
  'no code, no configuration of clients, images, containers, clusters, services or workflows, and no lockfile.';

function nameOf(targets: readonly Target[]): string {
  return targets.map(({ name }) => name).join(', ');
}

function isEmpty({ files, unread }: Part): boolean {
  return files.length === 0 && unread.length === 0;
}
