import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { createRun, type AuditRun, type Part, type RunFacts } from '../audit/run.ts';
import { addEvidenceOptions, gatherRecords, type EvidenceOptions } from './audit-evidence.ts';
import { addLiveOptions, gatherLive, isLiveTarget, type LiveCliOptions } from './audit-live.ts';
import { gatherPackage, isArchive, isPackageTarget, osvOf } from './audit-package.ts';
import { gatherProject } from './audit-project.ts';
import { Mistake } from './mistake.ts';
import { readVersion } from './version.ts';

/** What the command line says about how a target is looked at. */
export interface TargetOptions extends EvidenceOptions, LiveCliOptions {
  readonly osv?: string;
}

/** Enters the options about targets. */
export function addTargetOptions(command: Command): Command {
  return addLiveOptions(addEvidenceOptions(command)).option(
    '--osv <folder>',
    'known vulnerabilities to compare lockfiles with: records of OSV, a JSON file each',
  );
}

/** A target that was named: how it is told of, whether what is found in it can be mended there, and how it is gathered. */
export interface Target {
  readonly name: string;
  readonly isFiles: boolean;
  gather(): Promise<readonly Part[]>;
}

/**
 * Tells what a target is by how it is named.
 * @throws Mistake where it is nothing.
 */
export function targetOf(named: string, options: TargetOptions): Target {
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
  return { name: named, isFiles: true, gather: () => gatherAll(named, options) };
}

/** Gathers a target. */
export async function gatherTarget({ name, gather }: Target): Promise<AuditRun> {
  const facts: RunFacts = { version: readVersion(), target: name, at: new Date().toISOString() };
  return createRun(facts, await gather());
}

async function gatherAll(path: string, options: TargetOptions): Promise<readonly Part[]> {
  const project = await gatherProject(path, osvOf(options.osv));
  const records = await gatherRecords(path, options);
  const parts = [...project, ...(records === undefined ? [] : [records])];
  if (records === undefined && parts.every(isEmpty))
    throw new Mistake(
      `there is nothing at ${path} that is looked at: no code, no configuration of clients, images, containers, clusters, services or workflows, and no lockfile.`,
    );
  return parts;
}

function isEmpty({ files, unread }: Part): boolean {
  return files.length === 0 && unread.length === 0;
}
