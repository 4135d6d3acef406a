import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGateway } from '../../src/gateway/definition.ts';
import { ITEM_KINDS } from '../../src/gateway/items.ts';
import { install } from '../../src/gateway/install.ts';
import type { Lock, PinnedUpstream } from '../../src/gateway/lock.ts';
import type { UpstreamOptions } from '../../src/gateway/options.ts';
import { pinOffer } from '../../src/gateway/pin.ts';
import { startUpstream, type Launch } from '../../src/gateway/launch.ts';
import type { ReverseChannel } from '../../src/pipeline/catalog.ts';
import type { Offer } from '../../src/gateway/session.ts';
import { startTarget, type RunningTarget, type Way } from '../../src/prove/target.ts';
import type { Fixture } from '../../src/prove/fixture.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { processes } from './processes.ts';

const FOLDER = fileURLToPath(new URL('upstreams', import.meta.url));

/** How the hostile upstream is started; see its first comment. */
export interface Hostile {
  readonly changesAfter?: number;
  readonly tells?: boolean;
  /** A file that it adds a line to for each call, in a folder that it may write. */
  readonly calls?: { readonly folder: string; readonly file: string };
  readonly marker?: string;
  readonly options?: Partial<UpstreamOptions>;
  /** Deadline of its calls. */
  readonly timeout?: string;
}

/** Options of an upstream that is the hostile program, with both of its tools. */
export function hostile({ changesAfter, tells, calls, marker, options, timeout }: Hostile = {}): UpstreamOptions {
  const each = { effect: 'write' as const, ...(timeout === undefined ? {} : { timeout }) };
  const args = [
    String(changesAfter ?? 'never'),
    tells === true ? 'tells' : 'silent',
    calls?.file ?? '-',
    marker ?? '-',
  ];
  return {
    command: process.execPath,
    args: [`${FOLDER}/hostile.ts`, ...args],
    needs: { reads: [FOLDER], ...(calls === undefined ? {} : { writes: [calls.folder] }) },
    tools: { act: each, data: each, added: each },
    ...options,
  };
}

/** How the upstream that asks is started. */
export interface Asking {
  readonly folder: string;
  readonly file: string;
  readonly marker: string;
  readonly asks: readonly ReverseChannel[];
}

/** Options of an upstream whose tools ask their client in the middle of a call. */
export function asking({ folder, file, marker, asks }: Asking): UpstreamOptions {
  const each = { effect: 'write' as const, asks };
  return {
    command: process.execPath,
    args: [`${FOLDER}/asking.ts`, file, marker],
    needs: { reads: [FOLDER], writes: [folder] },
    tools: { once: each, twice: each, both: each },
  };
}

/** How the upstream of resources is started; see its first comment. */
export interface Library {
  readonly folder: string;
  readonly described: string;
  readonly asked: string;
}

/** Options of an upstream with resources, a template and a prompt. */
export function library({ folder, described, asked }: Library): UpstreamOptions {
  return {
    command: process.execPath,
    args: [`${FOLDER}/library.ts`, described, asked],
    needs: { reads: [FOLDER], writes: [folder] },
    tools: {},
    resources: { 'library://catalogue': {}, 'library://none': {}, 'library://books/{id}': {} },
    prompts: { summarise: {} },
  };
}

/** A program offers the same each time, before its first call. */
const offers = new Map<unknown, Promise<Offer>>();

/** Looks at an upstream as `portcullis gateway pin` does, and approves all of it. */
export async function pinned(id: string, options: UpstreamOptions): Promise<{ launch: Launch; pin: PinnedUpstream }> {
  const installed = await install(id, options, '/nowhere');
  const support = await detectSandbox();
  const environment = () => Promise.resolve({ TOKEN: 'not yet', ...options.env });
  const era = options.era === 'modern' ? options.era : 'legacy';
  const launch = {
    id,
    installed,
    needs: options.needs ?? {},
    environment,
    support,
    era,
    log: () => undefined,
  } as const;
  const program = options.args?.[0];
  const offer =
    offers.get(program) ??
    startUpstream(launch).then(async (running) => {
      await running.stop();
      return running.offer;
    });
  offers.set(program, offer);
  const { pinned: pin } = pinOffer({ ...installed, era }, await offer, undefined, new Set());
  const approved = { by: 'someone', at: '2026-01-01T00:00:00.000Z' };
  const kinds = ITEM_KINDS.map((kind) => {
    const items = Object.entries(pin[kind] ?? {}).map(([name, item]) => [name, { ...item, approved }] as const);
    return [kind, Object.fromEntries(items)] as const;
  });
  return { launch, pin: { ...pin, ...Object.fromEntries(kinds) } };
}

/** Serves upstreams through the real host, all of what they offer now approved. */
export async function startGateway(
  upstreams: Readonly<Record<string, UpstreamOptions>>,
  way: Way,
  deployment: Fixture['deployment'] = {},
): Promise<RunningTarget & { readonly held: readonly string[] }> {
  const looked = await Promise.all(
    Object.entries(upstreams).map(async ([id, options]) => [id, options, await pinned(id, options)] as const),
  );
  const lock: Lock = {
    format: 'portcullis-lock-1',
    upstreams: Object.fromEntries(looked.map(([id, , { pin }]) => [id, pin])),
  };
  const ready = looked.map(([id, options, { launch }]) => [id, { options, installed: launch.installed }] as const);
  const { definition, held } = createGateway('gateway', lock, Object.fromEntries(ready));
  // What pauses a tool that fails is not what is tried here.
  const limits = { breakerFailures: 1_000, ...deployment?.limits };
  const running = await startTarget({ server: definition.options, deployment: { ...deployment, limits } }, [], way);
  assert.equal(running.target.refusedToStart, undefined);
  return { ...running, held };
}

/** Ids of the running upstreams with a marker, without the sandboxes around them. */
export function upstreamsOf(marker: string): readonly number[] {
  return processes(marker)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(`${process.execPath}\0`);
      } catch {
        return false;
      }
    })
    .map(Number);
}
