import type { Command } from 'commander';
import { readConfig, type ConfigFile } from '../config/read.ts';
import { describeVetting, summariseVetting, whyNotAdmitted } from '../gateway/admission.ts';
import { install, type Installed } from '../gateway/install.ts';
import { readLock, writeLock, type Lock } from '../gateway/lock.ts';
import { parsePackage, type UpstreamOptions } from '../gateway/options.ts';
import { vetPackage, type Vetting } from '../gateway/vet.ts';
import { neutralise } from '../text/neutralise.ts';
import { configOf, foldersOf, lockOf, upstreamsOf } from './gateway-open.ts';

/** Enters `portcullis gateway vet`. */
export function addVet(gateway: Command): void {
  gateway
    .command('vet')
    .description('look at packages of upstreams and what their registry says of them; exit 1 when one is not admitted')
    .argument('[upstreams...]', 'ids of upstreams; all when left out')
    .option('--json', 'one JSON object a line')
    .action((ids: readonly string[], { json = false }: { readonly json?: boolean }, command: Command) =>
      vet(ids, json, configOf(command)),
    );
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function vet(ids: readonly string[], json: boolean, config: string): Promise<void> {
  const source = await readConfig(config);
  const path = lockOf(config);
  const before = await readLock(path);
  const made: Record<string, Vetting> = {};
  for (const [id, options] of Object.entries(upstreamsOf(source, ids))) {
    if (options.package === undefined) {
      if (ids.length > 0) process.stderr.write(`${id}: it is no package, and there is nothing to vet.\n`);
      continue;
    }
    const installed = await install(id, options, foldersOf(source));
    const vetting = await vetUpstream(source, id, options, installed);
    made[id] = vetting;
    const why = whyNotAdmitted(id, options, installed.integrity, vetting);
    if (why !== undefined) process.exitCode = 1;
    if (json) say(JSON.stringify({ id, admitted: why === undefined, ...vetting }));
    else tellVetting(id, vetting, why);
  }
  await writeLock(path, { ...before, vettings: { ...before.vettings, ...made } }, before);
}

function tellVetting(id: string, vetting: Vetting, why: string | undefined): void {
  for (const line of describeVetting(vetting)) say(`${id}: ${line}`);
  say(`${id}: ${why === undefined ? 'admitted' : neutralise(why)}`);
}

/** Makes the record of one package, beside those of the same configuration that it must not be taken for. */
function vetUpstream(
  { config }: ConfigFile,
  id: string,
  options: UpstreamOptions,
  installed: Installed,
): Promise<Vetting> {
  const others = Object.entries(config.upstreams ?? {}).flatMap(([other, { package: reference }]) =>
    other === id || reference === undefined ? [] : [parsePackage(reference).name],
  );
  return vetPackage(options, installed, others);
}

/**
 * A lock with the record of what has just been pinned, where that is a package. Where the registry says nothing, what it said
 * of the very same package stays.
 */
export async function vetAtPin(source: ConfigFile, id: string, options: UpstreamOptions, lock: Lock): Promise<Lock> {
  if (options.package === undefined) return lock;
  const made = await vetUpstream(source, id, options, await install(id, options, foldersOf(source)));
  const known = recordOf(id, lock);
  const isSame = known?.source === made.source && known.integrity === made.integrity;
  const kept =
    made.unreachable !== undefined && isSame && known.unreachable === undefined ? remember(known, made) : made;
  say(`${id}: ${summariseVetting(kept)}`);
  return { ...lock, vettings: { ...lock.vettings, [id]: kept } };
}

/** INVARIANT: of an earlier record only that stays which cannot be found out now. What the package may reach is looked at anew. */
function remember(known: Vetting, made: Vetting): Vetting {
  const checks = made.checks.map((each) =>
    each.status === 'unknown' ? (known.checks.find(({ check }) => check === each.check) ?? each) : each,
  );
  return { ...known, checks };
}

function recordOf(id: string, { vettings = {} }: Lock): Vetting | undefined {
  return Object.hasOwn(vettings, id) ? vettings[id] : undefined;
}

/** What is shown of the record of a package; nothing for what is none. */
export function vettingLine(id: string, options: UpstreamOptions, lock: Lock): readonly string[] {
  if (options.package === undefined) return [];
  const known = recordOf(id, lock);
  return [`${id}: ${known === undefined ? 'nobody has vetted the package' : summariseVetting(known)}`];
}
