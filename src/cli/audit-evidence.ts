import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { findEvidence, holdsRecords, type EvidencePlaces } from '../audit/evidence/read-folder.ts';
import { gatherEvidencePart } from '../audit/parts/evidence.ts';
import type { Part } from '../audit/run.ts';
import { Mistake } from './mistake.ts';

/** What an audit is told of the records of those who run a server. */
export interface EvidenceOptions {
  readonly evidence?: string;
  readonly evidenceKey?: readonly string[];
  readonly log?: string;
  readonly logKey?: string;
}

/** Adds the options about records to a command. */
export function addEvidenceOptions(command: Command): Command {
  return command
    .option('--evidence <folder>', 'records of those who run it; evidence/ beside the target when there is one')
    .option('--evidence-key <file...>', 'public keys (PEM, Ed25519) of those who may sign records')
    .option('--log <folder>', 'an audit log, to be verified')
    .option('--log-key <verifier>', "the log's public key (name+hash+key), from where you keep it");
}

/**
 * Looks at the records of those who run a server, where there are any.
 * @param path The target, where it is a file or a folder.
 * @returns `undefined` where no records were named, and none lie beside the target.
 */
export async function gatherRecords(path: string | undefined, options: EvidenceOptions): Promise<Part | undefined> {
  const root = path === undefined ? undefined : await rootOf(path);
  const folder = options.evidence ?? (root === undefined ? undefined : await findEvidence(root)) ?? options.log;
  if (folder === undefined) return undefined;
  const places: EvidencePlaces = {
    folder,
    ...(root === undefined ? {} : { root }),
    ...(options.log === undefined || folder === options.log ? {} : { log: options.log }),
    ...(options.logKey === undefined ? {} : { logKey: options.logKey }),
    keys: await readPublicKeys(options.evidenceKey ?? []),
    now: Date.now(),
  };
  const part = await gatherEvidencePart(places).catch((error: unknown) => {
    throw error instanceof TypeError ? new Mistake(`--evidence: ${error.message}`) : error;
  });
  // A folder of that name may hold anything: that it is there says nothing of records.
  const isNamed = options.evidence !== undefined || options.log !== undefined;
  return isNamed || holdsRecords(part) ? part : undefined;
}

async function rootOf(path: string): Promise<string | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return undefined;
  return facts.isDirectory() ? path : dirname(path);
}

/**
 * Reads public keys.
 * @throws Mistake when a file is none.
 */
async function readPublicKeys(files: readonly string[]): Promise<readonly KeyObject[]> {
  return Promise.all(
    files.map(async (file) => {
      const pem = await readFile(file, 'utf8').catch(() => {
        throw new Mistake(`${file} cannot be read.`);
      });
      // A private key would do as well, and has no place where records are read.
      const key = /PRIVATE KEY/.test(pem) ? undefined : tried(pem);
      if (key?.asymmetricKeyType !== 'ed25519')
        throw new Mistake(`${file} is no public key (PEM, Ed25519). portcullis manifest key <file> makes a pair.`);
      return key;
    }),
  );
}

function tried(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
