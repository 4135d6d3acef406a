import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { readTrustedKeys } from '../config/manifest.ts';
import { placesOf } from '../config/places.ts';
import type { ConfigFile } from '../config/read.ts';
import { loadRootKeys } from '../config/root-keys.ts';
import { findReplayed } from '../gateway/approval-order.ts';
import { findApprovalProblems } from '../gateway/approval.ts';
import { consentedLaunch } from '../gateway/consent.ts';
import type { Lock } from '../gateway/lock.ts';
import type { TrustedKey } from '../manifest/trust.ts';
import { createSealer } from '../pipeline/seal.ts';
import { createSqliteStore } from '../stores/sqlite.ts';
import { neutralise } from '../text/neutralise.ts';
import { Mistake } from './mistake.ts';

/** The keys whose approvals count; nothing when a configuration names none. */
export async function approversOf(source: ConfigFile): Promise<readonly TrustedKey[] | undefined> {
  const { registry } = source.config;
  return registry === undefined ? undefined : readTrustedKeys(source, registry.approvers);
}

/**
 * INVARIANT: production serves what an approver has signed; elsewhere a lock without signatures is told of.
 * @throws Mistake with a line for each upstream whose approval is not good.
 */
export async function insistOnApprovals(source: ConfigFile, lock: Lock): Promise<void> {
  const approvers = await approversOf(source);
  if (approvers === undefined) {
    if (source.config.profile === 'production')
      throw new Mistake(
        `${source.file}: production serves what approvers have signed. Name their keys under "registry.approvers", and sign: portcullis gateway approve --by <name> --key <file>`,
      );
    process.stderr.write(
      'gateway: approvals are not signed. Whoever can write portcullis.lock can approve, which is for your own machine alone.\n',
    );
    return;
  }
  const problems = Object.entries(lock.upstreams).flatMap(([id, pinned]) =>
    findApprovalProblems(id, pinned, consentedLaunch(lock, id), approvers),
  );
  if (problems.length > 0) throw new Mistake(problems.map((line) => neutralise(line)).join('\n'));
}

/**
 * Refuses approvals that are older than those which were served from the same store before.
 * @throws Mistake when one is.
 */
export async function insistOnOrder(source: ConfigFile, lock: Lock): Promise<void> {
  if (source.config.registry === undefined) return;
  const { data, store: file, rootKeys } = placesOf(source);
  // The host makes them at the very first start of the dev profile, and says elsewhere that they are missing.
  if (file === undefined || !existsSync(rootKeys)) return;
  const sealer = createSealer(await loadRootKeys(rootKeys));
  await mkdir(data, { recursive: true, mode: 0o700 });
  const store = createSqliteStore({ file });
  try {
    const replayed = await findReplayed(lock, store, sealer);
    if (replayed.length > 0) throw new Mistake(replayed.map((line) => neutralise(line)).join('\n'));
  } finally {
    await store.close();
  }
}
