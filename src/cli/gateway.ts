import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseDocument, stringify } from 'yaml';
import { readConfig, type ConfigFile } from '../config/read.ts';
import { secretsOf } from '../config/secrets.ts';
import { importClient } from '../gateway/import.ts';
import { newestVersion } from '../gateway/install.ts';
import { readLock, writeLock, type Lock, type PinnedUpstream } from '../gateway/lock.ts';
import { ITEM_KINDS, ITEMS, type ItemKind } from '../gateway/items.ts';
import { configuredOf, type UpstreamOptions } from '../gateway/options.ts';
import { onOneLine } from '../gateway/diff-words.ts';
import { pinOffer, type Pinning, type Sighting } from '../gateway/pin.ts';
import { describeReach } from '../gateway/reach.ts';
import { createConnector, readyUpstream, secretsOfUpstream } from '../gateway/ready.ts';
import type { Running } from '../gateway/connector.ts';
import { recordPin } from '../gateway/registry.ts';
import { Upstreams } from '../gateway/upstreams.ts';
import { createPrivateFile } from '../record/private-file.ts';
import { createRedactor } from '../record/redact.ts';
import { Refusal } from '../server/refusal.ts';
import { openVault } from '../secrets/vault.ts';
import { neutralise } from '../text/neutralise.ts';
import { openConsents, type ConsentOptions, type Consents } from './gateway-consent.ts';
import { addGatewayLogin, signedIn, type SignedIn } from './gateway-login.ts';
import { followGateway } from './gateway-live.ts';
import { configOf, foldersOf, lockOf, openGateway, upstreamsOf } from './gateway-open.ts';
import { actorOf, addRegistry } from './gateway-registry.ts';
import { addReview } from './gateway-review.ts';
import { runGateway } from './gateway-run.ts';
import { insistOnOrder } from './gateway-trust.ts';
import { addVet, vetAtPin } from './gateway-vet.ts';
import { Mistake } from './mistake.ts';
import { serveOverStdio, type Loaded } from './serve-stdio.ts';

const FILE = 'portcullis.yaml';
/** Items of one kind that are written into a configuration; of more a person has to choose. */
const MOST_PROPOSED = 200;
const SECTIONS: readonly (readonly ['tools' | 'resources' | 'prompts', readonly ItemKind[]])[] = [
  ['tools', ['tools']],
  ['resources', ['resources', 'resourceTemplates']],
  ['prompts', ['prompts']],
];

interface GatewayOptions {
  readonly config: string;
  readonly port?: string;
  readonly stdio?: boolean;
}

/** Enters `portcullis gateway ...`. */
export function addGateway(program: Command): void {
  const config = ['--config <file>', 'configuration file', FILE] as const;
  const gateway = program
    .command('gateway')
    .description('serve the tools of servers that you did not write, under the same controls')
    .option(...config)
    .option('--port <number>', 'port to bind instead of the one in the file')
    .option('--stdio', 'serve over standard input and output instead')
    .action((options: GatewayOptions) => serveGateway(options));
  gateway
    .command('import')
    .description("write a configuration from a client's, such as claude_desktop_config.json or mcp.json")
    .argument('<file>', "the client's configuration")
    .option('--out <file>', 'where it goes', FILE)
    .action((file: string, options: { readonly out: string }) => importFrom(file, options.out));
  gateway
    .command('pin')
    .description('install and start each upstream in its sandbox, scan what it offers, and write it to portcullis.lock')
    .argument('[upstreams...]', 'ids of upstreams; all when left out')
    .option('--by <name>', 'who submits them; your user name when left out', userInfo().username)
    .option('--yes', 'consent to start what has not been started so before, without being asked')
    .option('--as <principal>', 'who has signed in at an upstream that users sign in at')
    .option('--again', 'submit anew what was revoked')
    .action((ids: readonly string[], options: PinOptions, command: Command) => pin(ids, options, configOf(command)));
  addReview(gateway, look);
  addRegistry(gateway);
  addVet(gateway);
  addGatewayLogin(gateway, configOf);
}

interface PinOptions extends ConsentOptions {
  readonly again?: boolean;
  readonly as?: string;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function importFrom(file: string, out: string): Promise<void> {
  if (existsSync(out)) throw new Mistake(`${out} exists already. Name another file with --out.`);
  const { upstreams, secrets, floating, left } = importClient(await readFile(file, 'utf8'));
  const folder = dirname(resolve(out));
  const fixed: Record<string, UpstreamOptions> = {};
  for (const [id, options] of Object.entries(upstreams)) {
    const reference = floating[id];
    if (reference === undefined) fixed[id] = withNeeds(options);
    else {
      const name = reference.lastIndexOf('@') > 0 ? reference.slice(0, reference.lastIndexOf('@')) : reference;
      fixed[id] = withNeeds({ ...options, package: `${name}@${await newestVersion(reference)}` });
    }
  }
  for (const [name, value] of Object.entries(secrets))
    await createPrivateFile(join(folder, '.portcullis', 'secrets', name), value);
  const references = Object.fromEntries(
    Object.keys(secrets).map((name) => [name, { from: `file:.portcullis/secrets/${name}` }]),
  );
  const config = {
    profile: 'dev',
    ...(Object.keys(references).length === 0 ? {} : { secrets: references }),
    upstreams: fixed,
  };
  await writeFile(out, stringify(config), { flag: 'wx' });
  for (const [id, options] of Object.entries(fixed)) {
    const resolved = floating[id] === undefined ? '' : ', which is the newest now';
    say(`${id.padEnd(20)} ${options.url ?? options.package ?? options.command}${resolved}`);
  }
  for (const name of Object.keys(secrets)) say(`${name}: its value is in .portcullis/secrets/${name}, for you alone`);
  for (const line of left) say(`left out: ${neutralise(line)}`);
  say(`Wrote ${out}. Say under "needs" what each may touch, then: portcullis gateway pin`);
}

/** What it names among its arguments it is meant to read; to write there it has to be said. */
function withNeeds(options: UpstreamOptions): UpstreamOptions {
  const reads = (options.args ?? []).filter((arg) => arg.startsWith('/') && existsSync(arg));
  return reads.length === 0 ? options : { ...options, needs: { reads } };
}

async function pin(ids: readonly string[], options: PinOptions, config: string): Promise<void> {
  const source = await readConfig(config);
  const upstreams = upstreamsOf(source, ids);
  const path = lockOf(config);
  const before = await readLock(path);
  let lock = before;
  const actor = actorOf(options.by);
  const consents = openConsents(lock, options);
  const proposed = new Map<string, readonly Sighting[]>();
  const failed: string[] = [];
  for (const [id, upstream] of Object.entries(upstreams)) {
    const looked = await look(source, id, upstream, lock, consents, options.as).catch((error: unknown) => {
      failed.push(id);
      process.stderr.write(`${id}: ${error instanceof Error ? error.message : String(error)}\n`);
    });
    if (looked === undefined) continue;
    const { seen } = looked;
    const pinned = recordPin(looked.pinned, lock.upstreams[id], actor, options.again);
    lock = { ...lock, upstreams: { ...lock.upstreams, [id]: pinned } };
    show(id, pinned, seen);
    lock = await vetAtPin(source, id, upstream, lock);
    proposed.set(id, seen);
  }
  await propose(config, upstreams, proposed);
  await writeLock(path, { ...lock, consents: consents.all() }, before);
  const configured = Object.entries(upstreamsOf(await readConfig(config), ids));
  const waiting = configured.reduce((sum, [id, options]) => sum + waitingOf(options, lock.upstreams[id]), 0);
  say(`Wrote ${path}.`);
  if (waiting > 0)
    say(
      `${waiting} ${waiting === 1 ? 'waits' : 'wait'} to be approved. Look at them, then: portcullis gateway approve --by <your name>`,
    );
  if (failed.length === 0) return;
  say(`Not pinned: ${failed.join(', ')}. Say under "needs" what each may touch, and pin it again.`);
  process.exitCode = 1;
}

/** Starts an upstream as it will be started, and looks at what it offers. */
async function look(
  source: ConfigFile,
  id: string,
  options: UpstreamOptions,
  lock: Lock,
  consents: Consents,
  as: string | undefined,
): Promise<Pinning> {
  const upstream = await readyUpstream(id, options, foldersOf(source));
  const { installed } = upstream;
  // What is run is shown before it runs.
  await consents.ask(id, options, installed);
  // A program may read what is on standard output.
  if ('program' in installed) process.stderr.write(`${id}: ${describeReach(options.needs)}\n`);
  const redactor = createRedactor();
  const log = (line: string): void => void process.stderr.write(`${redactor.redact(line)}\n`);
  const { secrets = {}, secretSettings = {} } = secretsOf(source);
  const named = secretsOfUpstream(options);
  const used = Object.fromEntries(Object.entries(secrets).filter(([name]) => named.includes(name)));
  const vault = await openVault(used, {
    profile: source.config.profile,
    redactor,
    ...(secretSettings.folder === undefined ? {} : { folder: secretSettings.folder }),
    ...(secretSettings.providers === undefined ? {} : { providers: secretSettings.providers }),
    log,
  });
  let signed: SignedIn | undefined;
  let running: Running;
  try {
    signed = await signedIn(source, id, options, as, (secret) => redactor.remember(secret));
    const { profile, hosts = {} } = source.config;
    const runtime = { profile, hosts, weakened: new Set<string>(), secrets: vault, log, ...signed?.runtime };
    const ready = { ...upstream, options: signed?.options ?? options };
    const connector = await createConnector(id, ready, options.era ?? 'auto', runtime);
    try {
      running = await connector.connect(signed?.principal ?? '', {});
      await running.stop();
    } catch (error) {
      throw new Mistake(`it could not be looked at: ${whyOf(error)}`, { cause: error });
    } finally {
      await connector.credential?.close();
    }
    const others = new Set(
      Object.entries(lock.upstreams).flatMap(([other, { tools }]) => (other === id ? [] : Object.keys(tools))),
    );
    return pinOffer({ ...installed, era: running.era }, running.offer, lock.upstreams[id], others);
  } finally {
    await signed?.close();
    await vault.close();
  }
}

function whyOf(error: unknown): string {
  if (error instanceof Refusal) return neutralise(error.denial.detail ?? error.denial.code);
  if (error instanceof Error && 'detail' in error) return neutralise(String(error.detail));
  return error instanceof Error ? error.message : 'unknown';
}

function show(id: string, { source, era, server }: PinnedUpstream, seen: readonly Sighting[]): void {
  say(`${id}: ${source}, says it is ${neutralise(String(server['name'])).slice(0, 80)}, in the ${era} era`);
  const width = Math.max(0, ...seen.map(({ name }) => name.length));
  for (const { kind, name, standing, effect, findings, approved } of seen) {
    const state = standing === 'same' ? (approved ? 'approved' : 'waiting') : standing;
    say(
      `  ${onOneLine(name).padEnd(width)}  ${state.padEnd(8)}  ${kind === 'tools' ? effect : ITEMS[kind].one}`.trimEnd(),
    );
    for (const finding of findings) say(`    ${onOneLine(finding)}`);
  }
}

/**
 * Writes what upstreams offer of which the configuration says nothing, tools with the effect to begin with, so that a person
 * has a list to mend.
 */
async function propose(
  file: string,
  upstreams: Readonly<Record<string, UpstreamOptions>>,
  proposed: ReadonlyMap<string, readonly Sighting[]>,
): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  const written: string[] = [];
  for (const [id, seen] of proposed) {
    for (const [section, kinds] of SECTIONS) {
      if (upstreams[id]?.[section] !== undefined) continue;
      const found = seen.filter(({ kind }) => kinds.includes(kind));
      const clean = found.filter(({ findings }) => !findings.some((finding) => finding.startsWith('high ')));
      for (const { name } of found.filter((each) => !clean.includes(each)))
        say(`${id}, ${neutralise(name)}: not listed, because of what was found in it`);
      if (clean.length > MOST_PROPOSED) say(`${id}: ${clean.length} ${section}. Write those that are to be served`);
      if ((clean.length === 0 && section !== 'tools') || clean.length > MOST_PROPOSED) continue;
      const entries = clean.map(({ kind, name, effect }) => [name, kind === 'tools' ? { effect } : {}] as const);
      document.setIn(['upstreams', id, section], document.createNode(Object.fromEntries(entries), { flow: false }));
      written.push(`the ${section} of ${id}`);
    }
  }
  if (written.length === 0) return;
  await writeFile(file, String(document));
  say(`Wrote ${written.join(', ')} into ${file}: look at each effect.`);
}

/** How many of what is configured wait to be approved. */
function waitingOf(options: UpstreamOptions, pinned: PinnedUpstream | undefined): number {
  return ITEM_KINDS.flatMap((kind) => {
    const configured = configuredOf(options, kind);
    return Object.entries(pinned?.[kind] ?? {}).filter(
      ([name, { approved }]) => approved === undefined && Object.hasOwn(configured, name),
    );
  }).length;
}

async function serveGateway({ config, port, stdio = false }: GatewayOptions): Promise<void> {
  const source = await readConfig(config);
  const connected = new Upstreams();
  const load = async (): Promise<Loaded> => {
    const opened = await openGateway(source, connected);
    const { definition, held, lock } = opened;
    // INVARIANT: the lock that is looked at is the one that is served, whatever has become of the file meanwhile.
    await insistOnOrder(source, lock);
    for (const line of held) process.stderr.write(`held: ${neutralise(line)}\n`);
    for (const [id, { needs }] of Object.entries(upstreamsOf(source, [])))
      if (needs?.network !== undefined) process.stderr.write(`${id}: ${describeReach(needs)}\n`);
    return { definition, live: followGateway(opened, connected, source) };
  };
  if (stdio) return serveOverStdio({ url: import.meta.url, load }, source);
  await runGateway(await load(), source, port);
}
