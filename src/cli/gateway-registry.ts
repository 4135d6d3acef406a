import type { KeyObject } from 'node:crypto';
import type { Command } from 'commander';
import { readConfig, type ConfigFile } from '../config/read.ts';
import { signApproval } from '../gateway/approval.ts';
import { consentedLaunch } from '../gateway/consent.ts';
import { asCycloneDx, takeInventory } from '../gateway/inventory.ts';
import { ITEM_KINDS, ITEMS } from '../gateway/items.ts';
import { itemsOf, readLock, writeLock, type Lock, type NamedItem, type PinnedUpstream } from '../gateway/lock.ts';
import { configuredOf, type UpstreamOptions } from '../gateway/options.ts';
import { approveItems, moveItems, revoke, type Registered, type Selects } from '../gateway/registry.ts';
import { stateOf, type Actor } from '../gateway/states.ts';
import { describeReach } from '../gateway/reach.ts';
import { keyIdOf, type Envelope } from '../manifest/dsse.ts';
import { openTrustedKey } from '../manifest/trust.ts';
import { neutralise } from '../text/neutralise.ts';
import { configOf, lockOf, openGateway, upstreamsOf } from './gateway-open.ts';
import { approversOf, insistOnApprovals, insistOnOrder } from './gateway-trust.ts';
import { readSigningKey } from './manifest.ts';
import { vettingLine } from './gateway-vet.ts';
import { Mistake } from './mistake.ts';
import { withSwitches } from './switches.ts';
import { readVersion } from './version.ts';

interface By {
  readonly by: string;
}

/** Enters what changes and tells the state of tools in the lock. */
export function addRegistry(gateway: Command): void {
  const by = ['--by <name>', 'who does it'] as const;
  const ids = ['[upstreams...]', 'ids of upstreams; all when left out'] as const;
  gateway
    .command('stage')
    .description('let what is pinned be tried in the dev profile, before somebody approves them')
    .argument(...ids)
    .requiredOption(...by)
    .action((names: readonly string[], options: By, command: Command) => stage(names, options.by, configOf(command)));
  gateway
    .command('approve')
    .description('approve what portcullis.lock holds of what is configured to be served')
    .argument(...ids)
    .requiredOption('--by <name>', 'who approves')
    .option('--key <file>', 'sign it: a private key, as portcullis manifest key makes it')
    .action((names: readonly string[], options: By & { readonly key?: string }, command: Command) =>
      approve(names, options, configOf(command)),
    );
  gateway
    .command('revoke')
    .description(
      'take a tool, resource or prompt away, or an upstream with all that it will ever offer: at once, and for good',
    )
    .argument('<upstream>', 'id of the upstream')
    .argument('[name]', 'own name of a tool or prompt, URI of a resource')
    .requiredOption(...by)
    .requiredOption('--reason <text>', 'why, for the lock and the audit log')
    .action((id: string, tool: string | undefined, options: By & { readonly reason: string }, command: Command) =>
      takeAway(id, tool, options, configOf(command)),
    );
  gateway
    .command('list')
    .description('list what is served, with its state, and what is held and why')
    .action((_: object, command: Command) => list(configOf(command)));
  gateway
    .command('inventory')
    .description('write all upstreams with their versions, tools, effects, needs and approvers')
    .option('--format <name>', 'json or cyclonedx', 'json')
    .action(({ format }: { readonly format: string }, command: Command) => inventory(format, configOf(command)));
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Who does something now. */
export function actorOf(by: string, reason?: string): Actor {
  const name = neutralise(by).trim();
  if (name === '' || name.length > 200) throw new Mistake('--by: give a name of 1 to 200 characters.');
  return { by: name, at: new Date().toISOString(), ...(reason === undefined ? {} : { reason }) };
}

/** Changes the tools of upstreams that are configured, as the lock holds them. INVARIANT: nothing that it has not seen. */
async function change(
  ids: readonly string[],
  config: string,
  one: (id: string, pinned: PinnedUpstream, isConfigured: Selects, launch: string) => Registered,
): Promise<readonly NamedItem[]> {
  const upstreams = upstreamsOf(await readConfig(config), ids);
  const path = lockOf(config);
  const lock = await readLock(path);
  const next: Record<string, PinnedUpstream> = { ...lock.upstreams };
  const changed: NamedItem[] = [];
  for (const [id, options] of Object.entries(upstreams)) {
    const pinned = lock.upstreams[id];
    // One that could not be pinned keeps nothing from the others, unless it was named.
    if (pinned === undefined && ids.length === 0) continue;
    if (pinned === undefined) throw new Mistake(`"${id}" is not pinned. Run: portcullis gateway pin ${id}`);
    const done = one(
      id,
      pinned,
      (kind, name) => Object.hasOwn(configuredOf(options, kind), name),
      consentedLaunch(lock, id),
    );
    next[id] = done.pinned;
    changed.push(...done.changed);
    for (const line of done.left) say(`${id}, ${neutralise(line)}`);
  }
  await writeLock(path, { ...lock, upstreams: next }, lock);
  return changed;
}

async function stage(ids: readonly string[], by: string, config: string): Promise<void> {
  const actor = actorOf(by);
  const staged = await change(ids, config, (_id, pinned, isConfigured) =>
    moveItems(
      pinned,
      (kind, name) => isConfigured(kind, name) && pinned[kind]?.[name]?.approved === undefined,
      'staged',
      actor,
    ),
  );
  say(`Staged ${counted(staged)}: served in the dev profile, until somebody approves them.`);
}

async function approve(
  ids: readonly string[],
  { by, key: file }: By & { readonly key?: string },
  config: string,
): Promise<void> {
  const actor = actorOf(by);
  const key = await approverKey(await readConfig(config), file);
  const approved = await change(ids, config, (id, pinned, isConfigured, launch) => {
    if (pinned.revoked !== undefined)
      throw new Mistake(
        `"${id}" was revoked by ${pinned.revoked.by}. Submit it anew: portcullis gateway pin ${id} --again`,
      );
    const done = approveItems(pinned, isConfigured, actor);
    if (key === undefined) {
      // What was signed before says nothing of what was approved now.
      const { approval: _approval, ...unsigned } = done.pinned;
      return done.changed.length === 0 ? done : { ...done, pinned: unsigned };
    }
    return {
      ...done,
      pinned: { ...done.pinned, approval: signed(() => signApproval(id, done.pinned, launch, actor, key)) },
    };
  });
  say(
    `Approved ${counted(approved)} in the name of ${actor.by}${key === undefined ? '' : `, signed by key ${keyIdOf(key)}`}.`,
  );
}

function signed(sign: () => Envelope): Envelope {
  try {
    return sign();
  } catch (error) {
    if (error instanceof TypeError) throw new Mistake(error.message, { cause: error });
    throw error;
  }
}

/** The key to sign with. Where approvers are configured it has to be one of theirs, so that it is not found out later. */
async function approverKey(source: ConfigFile, file: string | undefined): Promise<KeyObject | undefined> {
  const key = file === undefined ? undefined : await readSigningKey(file);
  const approvers = await approversOf(source);
  if (approvers === undefined) return key;
  if (key === undefined) throw new Mistake(`${source.file} takes signed approvals alone. Give your key: --key <file>`);
  const id = keyIdOf(key);
  if (
    !approvers
      .flatMap((each, at) => openTrustedKey(each, `registry.approvers[${at}]`, []))
      .some((each) => each.id === id)
  )
    throw new Mistake(`${file} is not the key of one of the approvers in ${source.file}.`);
  return key;
}

async function takeAway(
  id: string,
  own: string | undefined,
  { by, reason }: By & { readonly reason: string },
  config: string,
): Promise<void> {
  const source = await readConfig(config);
  const path = lockOf(config);
  const lock = await readLock(path);
  const pinned = Object.hasOwn(lock.upstreams, id) ? lock.upstreams[id] : undefined;
  if (pinned === undefined) throw new Mistake(`"${id}" is not pinned: there is nothing to revoke.`);
  const meant = itemsOf(pinned).filter(({ name }) => own === undefined || name === own);
  if (own !== undefined && meant.length === 0) {
    const names = itemsOf(pinned).map(({ name }) => neutralise(name));
    throw new Mistake(`"${id}" has no "${neutralise(own)}". It has ${names.join(', ')}.`);
  }
  const actor = actorOf(by, neutralise(reason).slice(0, 200));
  // First what takes effect at once.
  const options = source.config.upstreams?.[id];
  const tools = meant.filter(({ kind }) => kind === 'tools').map(({ name }) => servedName(id, name, options));
  const why = tools.length === 0 ? undefined : await switchOff(source, tools, actor);
  if (tools.length > 0 && why === undefined)
    say('Switched off in every gateway that runs on the same store, and after each restart.');
  // Others may have written meanwhile, and what is revoked is what is there now.
  const now = await readLock(path);
  const done = revoke(Object.hasOwn(now.upstreams, id) ? (now.upstreams[id] ?? pinned) : pinned, own, actor);
  const next = { ...now, upstreams: { ...now.upstreams, [id]: done.pinned } };
  await writeLock(path, next, now);
  say(`Revoked ${counted(meant)} of ${id} in the lock.`);
  await remember(source, now, next);
  if (meant.some(({ kind }) => kind !== 'tools'))
    say('A gateway that follows this lock takes resources and prompts away as soon as it reads it.');
  if (why === undefined) return;
  process.exitCode = 1;
  process.stderr.write(
    `No running gateway was told: ${why} One that runs follows its lock, and one that cannot has to be restarted.\n`,
  );
}

/** Keeps in the store what was revoked, so that the lock of before is refused. What nobody had signed is not served anyway. */
async function remember(source: ConfigFile, before: Lock, next: Lock): Promise<void> {
  try {
    if ((await approversOf(source)) === undefined) return;
    await insistOnApprovals(source, before);
    await insistOnOrder(source, before);
    await insistOnOrder(source, next);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(
      `The lock of before is not refused yet: ${neutralise(error instanceof Error ? error.message : 'unknown')} Each start of a gateway tries again.\n`,
    );
  }
}

/** Why no running gateway was told; nothing when all of them were. */
async function switchOff(
  source: ConfigFile,
  names: readonly string[],
  { by, reason = '' }: Actor,
): Promise<string | undefined> {
  try {
    await withSwitches(source, async (switches) => {
      for (const name of names) await switches.disable({ kind: 'tool', name, reason, by });
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown';
  }
}

/** `2 tools, 1 prompt`; kinds of which there is none are left out, but for tools. */
function counted(items: readonly NamedItem[]): string {
  return ITEM_KINDS.flatMap((kind) => {
    const count = items.filter((each) => each.kind === kind).length;
    return kind === 'tools' || count > 0 ? [`${count} ${count === 1 ? ITEMS[kind].one : ITEMS[kind].what}`] : [];
  }).join(', ');
}

async function list(config: string): Promise<void> {
  const source = await readConfig(config);
  const { definition, held } = await openGateway(source);
  const lock = await readLock(lockOf(config));
  for (const [id, options] of Object.entries(upstreamsOf(source, []))) {
    const { needs, url } = options;
    say(`${id}: ${url === undefined ? describeReach(needs) : `is at ${url}`}`);
    for (const told of vettingLine(id, options, lock)) say(told);
  }
  const states = statesOf(lock, upstreamsOf(source, []));
  const tell = (key: string, name: string, what: string, scope: unknown): void =>
    say(`${name.padEnd(48)} ${what.padEnd(12)} ${String(scope).padEnd(24)} ${states.get(key) ?? ''}`.trimEnd());
  const { tools = [], resources = [], prompts = [] } = definition.options;
  for (const { options } of tools) tell(`tool ${options.name}`, options.name, options.effect, options.scope);
  for (const { options } of resources) {
    const address = 'uri' in options ? options.uri : options.uriTemplate;
    tell(`resource ${address}`, address, 'resource', options.scope);
  }
  for (const { options } of prompts) tell(`prompt ${options.name}`, options.name, 'prompt', options.scope);
  for (const line of held) say(`held: ${neutralise(line)}`);
}

/** States by what each item is called here. */
function statesOf(
  { upstreams }: Lock,
  options: Readonly<Record<string, UpstreamOptions>>,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(upstreams).flatMap(([id, pinned]) =>
      itemsOf(pinned).map(({ kind, name, item }): [string, string] => {
        if (kind === 'resources' || kind === 'resourceTemplates') return [`resource ${name}`, stateOf(item)];
        return [`${ITEMS[kind].one} ${servedName(id, name, options[id])}`, stateOf(item)];
      }),
    ),
  );
}

function servedName(id: string, own: string, options: UpstreamOptions | undefined): string {
  const { prefix = id } = options ?? {};
  return prefix === '' ? own : `${prefix}__${own}`;
}

async function inventory(format: string, config: string): Promise<void> {
  const source = await readConfig(config);
  const taken = takeInventory(await readLock(lockOf(config)), upstreamsOf(source, []));
  if (format === 'json') say(JSON.stringify(taken, undefined, 2));
  else if (format === 'cyclonedx') say(JSON.stringify(asCycloneDx(taken, readVersion()), undefined, 2));
  else throw new Mistake('--format: say json or cyclonedx.');
}
