import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ownCode } from '../controls/declared-behaviour/code.ts';
import { configure as configureDuties } from '../controls/separate-approver/control.ts';
import { whyHeld } from '../gateway/admit.ts';
import { findApprovalProblems } from '../gateway/approval.ts';
import { consentedLaunch, digestLaunch } from '../gateway/consent.ts';
import { createGateway } from '../gateway/definition.ts';
import type { Lock, PinnedUpstream } from '../gateway/lock.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import { pinOffer } from '../gateway/pin.ts';
import { readyUpstream, type ReadyUpstream } from '../gateway/ready.ts';
import { weakenedBy } from '../insecure.ts';
import type { TrustedKey } from '../manifest/trust.ts';
import type { Profile } from '../pipeline/settings.ts';
import type { MadeGateway } from './fixture.ts';
import { stranger } from './plain-stranger.ts';
import { approved, offerOf } from './stranger-gateway.ts';

const SCRIPT = join(import.meta.dirname, `stranger-main${extname(import.meta.filename)}`);

/** A program that is configured as an upstream, and what was written down of it before. */
export interface ProgramUpstream {
  /** What is configured now, beside the program itself. */
  readonly options?: Partial<UpstreamOptions>;
  /** What somebody has agreed to start; the same when absent, nothing when it is `null`. */
  readonly consented?: Partial<UpstreamOptions> | null;
  /** What the lock holds of it; all of it approved when absent. */
  readonly pinned?: (pinned: PinnedUpstream, launch: string) => PinnedUpstream;
  /** Name of the program; `server` when absent. */
  readonly program?: string;
  /** When somebody has changed the program: after it was pinned, or once the gateway serves. */
  readonly changes?: 'pinned' | 'served';
}

/** How a deployment holds them. */
export interface ProgramRules {
  /** `dev` when absent. */
  readonly profile?: Profile;
  /** Whose approvals count; nobody has to sign when absent. */
  readonly approvers?: readonly TrustedKey[];
}

/** Makes a gateway in front of programs, as `portcullis gateway` would of its lock and its configuration. */
export async function behindPrograms(
  programs: Readonly<Record<string, ProgramUpstream>>,
  insecure: readonly symbol[],
  { profile = 'dev', approvers }: ProgramRules = {},
): Promise<MadeGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-program-'));
  // What runs in a sandbox may be another user.
  await chmod(folder, 0o755);
  const stop = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const weakened = weakenedBy(insecure);
    const ready: Record<string, ReadyUpstream> = {};
    const pins: Record<string, PinnedUpstream> = {};
    const consents: Record<string, { digest: string; by: string; at: string }> = {};
    const files: Record<string, string> = {};
    for (const [id, given] of Object.entries(programs)) {
      const command = await placeFor(folder, id, given.program ?? 'server');
      files[id] = command;
      await writeFile(command, scriptOf(), { mode: 0o755 });
      const base: UpstreamOptions = {
        command,
        needs: { reads: [folder, process.execPath, ...ownCode()].filter((path) => existsSync(path)) },
        tools: { act: { effect: 'read' } },
      };
      const options = { ...base, ...given.options };
      const seen = await readyUpstream(id, options, '', new Set(['exact-versions']));
      const offer = offerOf(stranger);
      const pinned = approved(pinOffer({ ...seen.installed, era: 'legacy' }, offer, undefined, new Set()).pinned);
      if (given.changes === 'pinned') await appendFile(command, '\n');
      // Somebody may have agreed to start what nobody has pinned.
      const { installed } = await readyUpstream(id, options, '', new Set(['exact-versions']));
      const launch = digestLaunch({ ...base, ...(given.consented ?? given.options) }, installed);
      if (given.consented !== null) consents[id] = { digest: launch, by: 'reviewer', at: '2026-01-01T00:00:00.000Z' };
      pins[id] = given.pinned?.(pinned, launch) ?? pinned;
      // What cannot be made ready is not served, and the others are.
      const now = await readyUpstream(id, options, '', weakened).catch((error: unknown) => {
        if (error instanceof TypeError) return undefined;
        throw error;
      });
      if (now !== undefined) ready[id] = now;
    }
    const lock: Lock = { format: 'portcullis-lock-1', upstreams: pins, consents };
    const admitted = Object.entries(ready).filter(([id, each]) => {
      if (whyHeld(lock, id, each, profile, weakened) !== undefined) return false;
      const pinned = pins[id];
      if (approvers === undefined || pinned === undefined) return true;
      const duties = configureDuties(weakened);
      return findApprovalProblems(id, pinned, consentedLaunch(lock, id), approvers, Date.now(), duties).length === 0;
    });
    const { definition } = createGateway('gateway', lock, Object.fromEntries(admitted), insecure);
    for (const [id, { changes }] of Object.entries(programs))
      if (changes === 'served') await appendFile(files[id] ?? '', '\n');
    return { fixture: { server: definition.options }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A path for a program of exactly this name, in a folder of its own. */
async function placeFor(folder: string, id: string, name: string): Promise<string> {
  const own = await mkdtemp(join(folder, `${id}-`));
  await chmod(own, 0o755);
  return join(own, name);
}

/** A program that is the stranger, whatever its arguments are. */
function scriptOf(): string {
  const argument = JSON.stringify(stranger.module);
  const main = JSON.stringify(pathToFileURL(SCRIPT).href);
  return `#!${process.execPath}\nprocess.argv.splice(2, Infinity, ${argument});\nimport(${main});\n`;
}
