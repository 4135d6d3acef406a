import type { HostOptions } from '../capabilities/capability.ts';
import type { Network } from '../capabilities/http/connect.ts';
import type { ExtensionRules } from '../controls/closed-extensions/control.ts';
import type { MessageChecks } from '../controls/upstream-messages/control.ts';
import type { Profile } from '../pipeline/settings.ts';
import { createProfile } from '../sandbox/profile.ts';
import { startSandboxed, type Sandboxed } from '../sandbox/launch.ts';
import type { SandboxSupport } from '../sandbox/support.ts';
import { neutralise } from '../text/neutralise.ts';
import { begin } from './begin.ts';
import type { Connector, Heard, Running } from './connector.ts';
import { createDrops } from './drops.ts';
import type { Installed } from './install.ts';
import { openEgress, type Egress } from './egress/egress.ts';
import { LinkError, openLink, type Link, type LinkCall, type LinkEvents } from './link.ts';
import type { EraChoice, UpstreamNeeds } from './options.ts';
import { readOffer, type Asks } from './session.ts';

/** Everything that it takes to start an upstream. */
export interface Launch {
  readonly id: string;
  readonly installed: Installed;
  readonly needs: UpstreamNeeds;
  /** Its whole environment, secrets included. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
  readonly support: SandboxSupport;
  /** `legacy` when absent. */
  readonly era?: EraChoice;
  /** What it may ask the client of a call for; nothing when absent. */
  readonly asks?: Asks;
  /** `production` when absent, which is the stricter one. */
  readonly profile?: Profile;
  /** What the deployment says of hosts. */
  readonly hosts?: Readonly<Record<string, HostOptions>>;
  /** This machine's when absent. */
  readonly network?: Network;
  /** How what it says is read; every message is checked when absent. */
  readonly checks?: MessageChecks;
  /** Whether it is started though it is not what was looked at any more: only while a control is off. */
  readonly mayChange?: boolean;
  /** What it may use of the protocol; no extension when absent. */
  readonly extensions?: ExtensionRules;
  readonly log: (line: string) => void;
  /** Milliseconds that it has to begin in, and to say what it offers; half a minute when absent. */
  readonly startMs?: number;
}

/** What Node reserves of address space for code and for WebAssembly, which a limit on data counts and nobody uses. */
const V8_RESERVES = 1024 * 1024 * 1024;
const START_MS = 60_000;
/** A legacy server may say nothing at all to a question of the modern era, and starts before it can. */
const PROBE_MS = 10_000;
/** What the SDKs wait, too. */
const LEAVE_MS = 2_000;
const MOST_SAID = 64;

/**
 * INVARIANT: what somebody else wrote runs in a sandbox, in every profile.
 * @throws TypeError that says what is missing.
 */
export function insistOnSandbox(id: string, { tools, missing }: SandboxSupport): void {
  if (tools === undefined) throw new TypeError(`upstream "${id}" runs in a sandbox or not at all. ${missing ?? ''}`);
}

/**
 * Starts an upstream in its sandbox, does the handshake, and asks what it offers.
 * @throws LinkError when it does not start, or does not answer.
 */
export async function startUpstream(launch: Launch, heard: Heard = {}): Promise<Running> {
  const { era = 'legacy' } = launch;
  if (era !== 'auto') return await startOnce(launch, era, heard);
  try {
    return await startOnce(launch, era, heard);
  } catch (error) {
    // Some end, or break, when they are asked anything before the handshake of their era.
    if (error instanceof LinkError && error.reason === 'closed') return await startOnce(launch, 'legacy', heard);
    throw error;
  }
}

async function startOnce(launch: Launch, era: EraChoice, heard: Heard): Promise<Running> {
  const { id, support, log } = launch;
  insistOnSandbox(id, support);
  const running = await startConfined(launch);
  hearErrors(running, (line) => log(`upstream ${id}: ${line}`));
  const drops = createDrops((line) => log(`upstream ${id}: ${line}`));
  const events: LinkEvents = {
    changed: () => heard.changed?.(),
    updated: (uri) => heard.updated?.(uri),
    stray: (what) => drops.dropped(what),
    closed: (why) => {
      drops.end();
      log(`upstream ${id}: ${why}`);
      heard.closed?.();
    },
  };
  const link = openLinkOf(running, events, launch.checks);
  const stop = async (): Promise<void> => {
    const isSound = link.open;
    link.close('it was stopped');
    if (isSound) await leaves(running);
    running.kill();
    await running.ended.catch(() => undefined);
  };
  try {
    const call: LinkCall = { timeoutMs: launch.startMs ?? START_MS };
    const { asks, extensions } = launch;
    const changed = (): void => heard.changed?.();
    const { updated } = heard;
    const probe = { timeoutMs: PROBE_MS, silenceIsLegacy: true, asks, extensions, changed, updated };
    const begun = await begin(link, call, era, probe);
    return { ...begun, offer: await readOffer(begun.session, call, heard.kinds), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Its input has ended: it reads what it was sent last, such as that a call is cancelled, and ends by itself. Who does not is ended
 * (MCP 2026-07-28 basic/transports/stdio, shutdown).
 */
async function leaves(running: Sandboxed): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, LEAVE_MS);
  await Promise.race([running.ended.catch(() => undefined), late.promise]);
  clearTimeout(timer);
}

/** Starts the process, with its own way out where its needs name hosts; that ends with it. */
async function startConfined(launch: Launch): Promise<Sandboxed> {
  const { installed, needs, support } = launch;
  // INVARIANT: what is started is what was pinned, also hours after the gateway was.
  if (launch.mayChange !== true && (await installed.unchanged?.()) === false)
    throw new LinkError('closed', 'what it is made of has changed since it was looked at, and is not started');
  const egress = await openWay(launch);
  try {
    const profile = createProfile({
      ...egress?.sandbox,
      reads: [...installed.reads, ...(needs.reads ?? [])],
      writes: [...(needs.writes ?? [])],
      programs: [installed.program, ...(egress?.sandbox.programs ?? [])],
      network: needs.network === 'unguarded',
      environment: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', ...(await launch.environment()) },
      limits: {
        cpuSeconds: 3_600,
        memoryBytes: V8_RESERVES + (needs.memoryBytes ?? 512 * 1024 * 1024),
        fileBytes: 256 * 1024 * 1024,
        openFiles: 256,
        processes: needs.processes ?? 64,
      },
    });
    const [program, args] = egress?.command(installed.program, installed.args) ?? [installed.program, installed.args];
    const running = startProcess(() =>
      startSandboxed(support, profile, program, args, { handOver: egress?.handOver ?? [] }),
    );
    const close = (): void => void egress?.close().catch(() => undefined);
    running.ended.then(close, close);
    return running;
  } catch (error) {
    await egress?.close();
    throw error;
  }
}

async function openWay(launch: Launch): Promise<Egress | undefined> {
  const { id, needs, profile = 'production', hosts = {}, network, log } = launch;
  if (needs.hosts === undefined || needs.hosts.length === 0) return undefined;
  // Both together would be no list: what is guarded could be gone around.
  if (needs.network !== undefined) throw new TypeError(`upstream "${id}", needs: give hosts or network, and not both.`);
  const rules = { id, hosts: needs.hosts, profile, hostOptions: hosts, log };
  return openEgress(network === undefined ? rules : { ...rules, network });
}

function startProcess(start: () => Sandboxed): Sandboxed {
  try {
    return start();
  } catch (error) {
    throw new LinkError('closed', error instanceof Error ? error.message : 'it could not be started');
  }
}

function openLinkOf({ child, ended }: Sandboxed, events: LinkEvents, checks: MessageChecks | undefined): Link {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new LinkError('closed', 'it has no standard streams');
  const link = openLink(stdout, stdin, events, checks);
  ended.then(
    ({ code, signal }) => link.close(`it ended with ${signal ?? code ?? 'nothing'}`),
    (error: unknown) => link.close(error instanceof Error ? error.message : 'it could not be started'),
  );
  return link;
}

/** What it says on standard error, line by line, for the operator; its first lines alone. */
function hearErrors({ child }: Sandboxed, say: (line: string) => void): void {
  let said = 0;
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    for (const line of chunk.slice(0, 4_096).split('\n')) {
      if (line.trim() === '' || said >= MOST_SAID) continue;
      said += 1;
      say(neutralise(line.slice(0, 300)));
    }
  });
}

/** Reaches an upstream by starting a process of it. */
export function launching(launch: Launch): Connector {
  return { id: launch.id, log: launch.log, connect: (_principal, heard) => startUpstream(launch, heard) };
}
