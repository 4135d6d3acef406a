import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { placesOf } from '../config/places.ts';
import { parseConfig, readConfig, type ConfigFile } from '../config/read.ts';
import { loadRootKeys } from '../config/root-keys.ts';
import { createSwitches, SWITCH_KINDS, type SwitchKind, type Switches } from '../controls/kill-switch/register.ts';
import { isPrincipalId, principalId } from '../identity/principal-id.ts';
import { createSealer } from '../pipeline/seal.ts';
import { createSqliteStore } from '../stores/sqlite.ts';
import { toMilliseconds, type Duration } from '../text/duration.ts';
import { Mistake } from './mistake.ts';

interface SwitchOptions {
  readonly config?: string;
  readonly reason?: string;
  readonly for?: string;
  readonly json?: boolean;
}

const DEFAULT = 'portcullis.yaml';

/** Enters `disable`, `enable` and `switches`. */
export function addSwitches(program: Command): void {
  const config = ['--config <file>', 'configuration of the server; portcullis.yaml when there is one'] as const;
  program
    .command('disable')
    .description('switch off a tool, a client, a principal or the whole server: at once, in every instance')
    .argument('<kind>', SWITCH_KINDS.join(', '))
    .argument('[name]', 'name of the tool, id of the client, id of the principal as the audit log has it')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--for <time>', 'how long, such as 2h; until it is enabled when left out')
    .option(...config)
    .action((kind: string, name: string | undefined, options: SwitchOptions) => disable(kind, name, options));
  program
    .command('enable')
    .description('switch on what was switched off')
    .argument('<kind>', SWITCH_KINDS.join(', '))
    .argument('[name]', 'as it was given to disable')
    .option(...config)
    .action((kind: string, name: string | undefined, options: SwitchOptions) => enable(kind, name, options));
  program
    .command('switches')
    .description('list what is switched off')
    .option('--json', 'one JSON object a line')
    .option(...config)
    .action((options: SwitchOptions) => list(options));
}

async function disable(kind: string, name: string | undefined, options: SwitchOptions): Promise<void> {
  const ms = options.for === undefined ? undefined : toMilliseconds(options.for as Duration, '--for');
  const until = ms === undefined ? {} : { until: Date.now() + ms };
  await opened(options, async (switches, source) => {
    const what = readName(kind, name, source);
    await switches.disable({ ...what, reason: options.reason ?? '', by: userInfo().username, ...until });
    const ends = 'until' in until ? ` until ${new Date(until.until).toISOString()}` : '';
    say(`${describe(what)} is switched off${ends}.`);
  });
}

async function enable(kind: string, name: string | undefined, options: SwitchOptions): Promise<void> {
  await opened(options, async (switches, source) => {
    const what = readName(kind, name, source);
    if (!(await switches.enable(what.kind, what.name)))
      throw new Mistake(`${describe(what)} is not switched off. See: portcullis switches`);
    say(`${describe(what)} is switched on.`);
  });
}

async function list(options: SwitchOptions): Promise<void> {
  await opened(options, async (switches) => {
    const entries = await switches.list();
    for (const { kind, name, reason, by, at, until } of entries) {
      if (options.json === true) say(JSON.stringify({ kind, name, reason, by, at, until }));
      else {
        const ends = until === undefined ? '' : `, until ${new Date(until).toISOString()}`;
        say(`${describe({ kind, name })}  since ${new Date(at).toISOString()}${ends}  ${by}: ${reason}`);
      }
    }
    if (entries.length === 0 && options.json !== true) say('Nothing is switched off.');
  });
}

async function opened(
  { config }: SwitchOptions,
  work: (switches: Switches, source: ConfigFile) => Promise<void>,
): Promise<void> {
  const file = config ?? (existsSync(DEFAULT) ? DEFAULT : undefined);
  const source = file === undefined ? parseConfig('profile: dev', DEFAULT) : await readConfig(file);
  await withSwitches(source, (switches) => work(switches, source));
}

/**
 * Works on the register of switches of a configuration. INVARIANT: the register takes the root key; without its file nobody
 * flips anything.
 * @throws Mistake when there is no store that a server could share.
 */
export async function withSwitches(source: ConfigFile, work: (switches: Switches) => Promise<void>): Promise<void> {
  const places = placesOf(source);
  if (places.store === undefined) {
    throw new Mistake(
      'this configuration keeps its state in memory, which no other process can reach. Use kind: sqlite.',
    );
  }
  if (!existsSync(places.store)) {
    throw new Mistake(`there is no store in ${places.store}. Name the configuration of the server: --config <file>.`);
  }
  const sealer = createSealer(await loadRootKeys(places.rootKeys));
  const store = createSqliteStore({ file: places.store });
  try {
    await work(createSwitches(store, sealer));
  } finally {
    await store.close();
  }
}

function readName(kind: string, name: string | undefined, { config }: ConfigFile) {
  const known = SWITCH_KINDS.find((each) => each === kind);
  if (known === undefined) throw new Mistake(`there is no "${kind}" to switch: say ${SWITCH_KINDS.join(', ')}.`);
  if (known === 'server') {
    if (name !== undefined) throw new Mistake('server takes no name: it stands for everything.');
    return { kind: known, name: '*' };
  }
  if (name === undefined || name === '') throw new Mistake(`name the ${known}: portcullis disable ${known} <name>`);
  return { kind: known, name: known === 'principal' ? readPrincipal(name, config.auth?.issuers ?? []) : name };
}

/** The id of a principal, or what it is to the one issuer that there is. */
function readPrincipal(
  name: string,
  issuers: readonly { readonly issuer: string; readonly tenantClaim?: string }[],
): string {
  if (isPrincipalId(name)) return name;
  const [only, ...others] = issuers;
  if (only === undefined || others.length > 0 || only.tenantClaim !== undefined) {
    throw new Mistake('give the id of the principal, as "principal" in the records of the audit log.');
  }
  return principalId(only.issuer, undefined, name);
}

function describe({ kind, name }: { readonly kind: SwitchKind; readonly name: string }): string {
  return kind === 'server' ? 'server' : `${kind} ${name}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
