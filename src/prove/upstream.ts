import { existsSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { ownCode } from '../controls/declared-behaviour/code.ts';
import type { Connector, Heard, Running } from '../gateway/connector.ts';
import { createGateway } from '../gateway/definition.ts';
import { install, type Installed } from '../gateway/install.ts';
import { startUpstream } from '../gateway/launch.ts';
import type { PinnedUpstream } from '../gateway/lock.ts';
import type { UpstreamOptions, UpstreamToolOptions } from '../gateway/options.ts';
import { pinOffer } from '../gateway/pin.ts';
import type { Offer } from '../gateway/session.ts';
import { detectSandbox } from '../sandbox/support.ts';
import { tool, type Tool } from '../server/tool.ts';
import type { Fixture } from './fixture.ts';
import type { Slice } from './slice.ts';
import { SLICES } from './slices.ts';
import { upstreamName } from './upstream-name.ts';

const ID = 'up';
const SCRIPT = join(import.meta.dirname, `upstream-main${extname(import.meta.filename)}`);

/** A process that serves what the fixtures of some slices do with no control on, behind one gateway after another. */
class ProofUpstream implements Connector {
  readonly id = ID;
  readonly slices: ReadonlySet<string>;
  readonly #options: UpstreamOptions;
  readonly #running = new Map<string, Promise<Running>>();
  readonly #heard = new Map<string, Set<Heard>>();
  #installed: Promise<Installed> | undefined;

  constructor(slices: readonly string[]) {
    this.slices = new Set(slices);
    const script = SCRIPT;
    const reads = ownCode().filter((path) => existsSync(path));
    this.#options = { command: process.execPath, args: [script, ...slices], needs: { reads } };
  }

  readonly log = (): void => undefined;

  installed(): Promise<Installed> {
    return (this.#installed ??= install(this.id, this.#options, ''));
  }

  /** The process of a principal stays when a gateway is closed: the next one takes it over. */
  async connect(principal: string, heard: Heard): Promise<Running> {
    const all = this.#heard.get(principal) ?? new Set();
    this.#heard.set(principal, all.add(heard));
    const running = this.#running.get(principal) ?? this.#start(principal);
    this.#running.set(principal, running);
    running.catch(() => this.#running.delete(principal));
    return { ...(await running), stop: () => Promise.resolve(void all.delete(heard)) };
  }

  async #start(principal: string): Promise<Running> {
    const tell = (what: 'changed' | 'closed'): void => {
      for (const each of this.#heard.get(principal) ?? []) each[what]?.();
    };
    const launch = {
      id: this.id,
      installed: await this.installed(),
      needs: this.#options.needs ?? {},
      environment: () => Promise.resolve({}),
      support: await detectSandbox(),
      asks: new Set(['elicitation', 'sampling', 'roots'] as const),
      log: this.log,
      // It loads the whole of the product, on a machine that may be busy with proofs.
      startMs: 180_000,
    };
    return startUpstream(launch, {
      changed: () => tell('changed'),
      closed: () => {
        this.#running.delete(principal);
        tell('closed');
      },
    });
  }

  async close(): Promise<void> {
    const all = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(all.map((running) => running.then((each) => each.stop()).catch(() => undefined)));
  }
}

let upstreams: ProofUpstream[] = [];

/** Says which slices are to be proven, so that one upstream is started for as many of them as can share it. */
export async function gatherUpstreams(ids: readonly string[]): Promise<void> {
  const shared: string[] = [];
  for (const id of ids) {
    const slice = await SLICES.get(id)?.().catch(() => undefined);
    const isOwn = slice?.good.gateway !== undefined;
    if (slice?.meta.reach.gateway === true && !isOwn && !standsAlone(slice)) shared.push(id);
  }
  upstreams.push(new ProofUpstream(shared));
}

/**
 * Whether a slice has a process of its own. One whose tools ask needs it: in the legacy era a question of an upstream names no
 * request, and is put to nobody while requests of other slices, who are other principals, wait at the same process.
 */
function standsAlone({ good, bad }: Slice): boolean {
  const tools = [good, bad].flatMap(({ server }) => server.tools ?? []);
  return bad.upstream?.alone === true || tools.some(({ options }) => options.asks !== undefined);
}

/** Ends the upstreams of the proofs, so that the process can end. */
export async function closeUpstreams(): Promise<void> {
  const all = upstreams;
  upstreams = [];
  await Promise.all(all.map((upstream) => upstream.close()));
}

function upstreamOf(slice: string): ProofUpstream {
  const known = upstreams.find(({ slices }) => slices.has(slice));
  if (known !== undefined) return known;
  const own = new ProofUpstream([slice]);
  upstreams.push(own);
  return own;
}

/** Why nothing can be proven behind a gateway on this machine; `undefined` when it can. */
export async function reasonNoGateway(): Promise<string | undefined> {
  const { missing, identities } = await detectSandbox();
  if (missing !== undefined || identities === undefined) return missing;
  // A sandbox of root runs as another user, who has to reach what this product is made of.
  for (let at = SCRIPT, needed = 0o004; ; at = dirname(at), needed = 0o001) {
    if ((statSync(at).mode & needed) === 0) return `a sandbox of root runs as another user, who cannot reach ${at}`;
    if (at === dirname(at)) return undefined;
  }
}

const APPROVED = { by: 'reviewer', at: '2026-01-01T00:00:00.000Z' };

/**
 * A fixture whose tools are those of an upstream behind the gateway: pinned, approved, and served under their own names, so
 * that the rule of the slice can attack them as it does those of a server. Resources and prompts stay in front.
 */
export async function behindGateway(
  slice: string,
  which: 'good' | 'bad',
  fixture: Fixture,
  insecure: readonly symbol[],
): Promise<Fixture> {
  const upstream = upstreamOf(slice);
  const { tools: own = [], ...front } = fixture.server;
  const named = (name: string): string => upstreamName(slice, which, name);
  const installed = await upstream.installed();
  const { offer } = await upstream.connect('', {});
  const before = new Map(
    (fixture.upstream?.approved ?? []).map(({ options: { name } }) => [
      named(name),
      upstreamName(slice, `${which}, approved`, name),
    ]),
  );
  const pinned = approve(
    installed,
    offer,
    own.map(({ options }) => named(options.name)),
    before,
  );
  const options: UpstreamOptions = {
    isolation: fixture.upstream?.isolation ?? 'shared',
    tools: Object.fromEntries(own.map((each) => [named(each.options.name), optionsOf(each)])),
  };
  const { definition } = createGateway(
    'gateway',
    { format: 'portcullis-lock-1', upstreams: { [ID]: pinned } },
    { [ID]: { options, installed, connector: upstream } },
    insecure,
  );
  const owners = new Map(own.map(({ options: each }) => [`${ID}__${named(each.name)}`, each]));
  const tools = (definition.options.tools ?? []).map(({ options: each }) => {
    const { name = each.name, scope = each.scope, limits, record } = owners.get(each.name) ?? {};
    // What stands in front of a tool, where a fixture says more of it than a configuration can.
    return tool({
      ...each,
      name,
      scope,
      limits: { ...each.limits, ...limits },
      ...(record === undefined ? {} : { record }),
    });
  });
  // Where a lock says what was approved, no manifest does.
  const { manifest, ...deployment } = fixture.deployment ?? {};
  const approves = manifest === undefined || fixture.upstream?.approved !== undefined ? {} : { manifest };
  return { ...fixture, deployment: { ...deployment, ...approves }, server: { ...front, tools } };
}

/** Pins tools of an offer and approves them; `before` leads from the name of one to the name of what it was when approved. */
function approve(
  installed: Installed,
  offer: Offer,
  names: readonly string[],
  before: ReadonlyMap<string, string>,
): PinnedUpstream {
  const offered = new Map(offer.tools.map((each) => [String(each['name']), each]));
  const tools = names.flatMap((name) => {
    const seen = offered.get(before.get(name) ?? name);
    return seen === undefined ? [] : [{ ...seen, name }];
  });
  const { pinned } = pinOffer(installed, { ...offer, tools }, undefined, new Set());
  const approved = Object.entries(pinned.tools).map(([name, each]) => [name, { ...each, approved: APPROVED }]);
  return { ...pinned, tools: Object.fromEntries(approved) };
}

/** What a deployment would say of a tool that does what this one does. */
function optionsOf({ options: { effect, flow, asks } }: Tool): UpstreamToolOptions {
  return {
    effect,
    ...(flow?.gives === undefined ? {} : { gives: flow.gives }),
    ...(flow?.sends === undefined ? {} : { sends: flow.sends }),
    ...(flow?.mark === undefined ? {} : { mark: flow.mark }),
    ...(asks === undefined ? {} : { asks }),
  };
}
