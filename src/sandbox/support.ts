import { accessSync, constants } from 'node:fs';
import type { SandboxTools } from './arguments.ts';
import { createIdentities, type Identities } from './identity.ts';
import { createProfile } from './profile.ts';
import { runSandboxed } from './run.ts';
import type { Machine } from './syscalls.ts';

/** What this machine has to make sandboxes with. */
export interface SandboxSupport {
  /** What is in the way of a whole sandbox, as a sentence that says how to mend it; undefined when nothing is. */
  readonly missing: string | undefined;
  /** Present exactly when nothing is missing. */
  readonly tools: SandboxTools | undefined;
  /** For resource limits alone, where there is no bubblewrap. */
  readonly prlimit: string | undefined;
  readonly machine: Machine | undefined;
  /** User ids to lend, when the host is root. */
  readonly identities: Identities | undefined;
}

const FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin'];
const PROBE_MS = 20_000;

let known: Promise<SandboxSupport> | undefined;

/** Finds out, once for the process, whether sandboxes can be made here: by making one. Never rejects. */
export function detectSandbox(): Promise<SandboxSupport> {
  known ??= probeSandbox(FOLDERS);
  return known;
}

/** Finds out whether sandboxes can be made with the programs of these folders. Never rejects. */
export async function probeSandbox(folders: readonly string[]): Promise<SandboxSupport> {
  const bubblewrap = find(folders, 'bwrap');
  const prlimit = find(folders, 'prlimit');
  const machine = machineHere();
  const none = { tools: undefined, prlimit, machine, identities: undefined };
  if (process.platform !== 'linux' || machine === undefined) {
    const here = `${process.platform} on ${process.arch}`;
    return { ...none, missing: `Sandboxes need Linux on x86_64 or aarch64; this is ${here}.` };
  }
  if (bubblewrap === undefined)
    return { ...none, missing: 'bubblewrap is not installed: run "apt-get install bubblewrap".' };
  if (prlimit === undefined) return { ...none, missing: 'prlimit is not installed: run "apt-get install util-linux".' };
  const whole = {
    missing: undefined,
    tools: { bubblewrap, prlimit },
    prlimit,
    machine,
    identities: createIdentities(),
  };
  const failure = await tryOut(whole).catch((error: unknown) =>
    error instanceof Error ? `${error.message}.` : String(error),
  );
  if (failure === undefined) return whole;
  return {
    ...none,
    missing:
      `bubblewrap cannot make a sandbox here: ${failure} It needs user namespaces: see the sysctls ` +
      'user.max_user_namespaces, kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns.',
  };
}

function find(folders: readonly string[], name: string): string | undefined {
  return folders
    .map((folder) => `${folder}/${name}`)
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function machineHere(): Machine | undefined {
  if (process.arch === 'x64') return 'x86_64';
  return process.arch === 'arm64' ? 'aarch64' : undefined;
}

/** Reads from inside what the kernel says of a sandboxed process: why it is not one, or undefined. */
async function tryOut(support: SandboxSupport): Promise<string | undefined> {
  const cat = find(FOLDERS, 'cat');
  if (cat === undefined) return 'cat is not installed.';
  const { code, stdout, stderr, killed } = await runSandboxed(support, createProfile(), cat, ['/proc/self/status'], {
    timeoutMs: PROBE_MS,
    maxOutputBytes: 65_536,
    maxErrorBytes: 300,
  });
  if (code !== 0)
    return `${stderr.toString('utf8').trim() || `it ended without a word${killed === undefined ? '' : ` (${killed})`}`}.`;
  const said = stdout.toString('utf8');
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(said)?.[1];
  if (field('Seccomp') !== '2') return 'the system call filter is not in force.';
  if (field('NoNewPrivs') !== '1') return 'privileges can be gained inside.';
  return field('CapEff') === '0000000000000000' ? undefined : 'capabilities are left inside.';
}
