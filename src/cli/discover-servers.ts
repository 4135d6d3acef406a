import { readFile, writeFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { searchFolders, searchHomes } from '../audit/discover/clients.ts';
import type { Search } from '../audit/discover/found.ts';
import { searchHosts, searchLoopback } from '../audit/discover/network.ts';
import { readRegister } from '../audit/discover/register.ts';
import { readReport, reportOf, type DiscoveryReport } from '../audit/discover/report.ts';
import { readLocated, type Located } from '../audit/gather/located.ts';
import { plain } from '../audit/report/plain.ts';
import { Mistake } from './mistake.ts';

interface DiscoverOptions {
  readonly home?: readonly string[];
  readonly repository?: readonly string[];
  readonly loopback?: boolean;
  readonly hosts?: readonly string[];
  readonly ports?: readonly string[];
  readonly register?: string;
  readonly compare?: string;
  readonly save?: string;
  readonly by?: string;
  readonly json?: boolean;
}

const MOST_PORTS = 64;

/** Enters `portcullis discover`. */
export function addDiscover(program: Command): void {
  program
    .command('discover')
    .description('look for servers that nobody registered; exit 1 when there is one that is new')
    .option('--home <folder...>', 'home folders whose clients are looked at; yours when nothing is named')
    .option('--repository <folder...>', 'folders with client configurations, Compose files and Kubernetes manifests')
    .option('--loopback', 'ask what listens on this machine whether it speaks MCP')
    .option('--hosts <host...>', 'addresses, names or ranges that you may ask, with --ports')
    .option('--ports <number...>', 'ports to ask there')
    .option('--register <file>', 'what is known: a server-inventory, portcullis.yaml or portcullis.lock')
    .option('--compare <file>', 'the report before: only what is new since then counts')
    .option('--save <file>', 'write the report there, as a record that portcullis audit reads')
    .option('--by <name>', 'who searched')
    .option('--json', 'the report as JSON')
    .action((options: DiscoverOptions) => discover(options));
}

async function discover(options: DiscoverOptions): Promise<void> {
  const register = options.register === undefined ? undefined : await readAs(options.register, readRegister);
  const before =
    options.compare === undefined
      ? undefined
      : await readAs(options.compare, ([root]) => readReport(root ?? { line: 1, column: 1 }));
  const report = reportOf(await searchAll(options), {
    date: new Date().toISOString(),
    by: options.by ?? userInfo().username,
    registerName: options.register === undefined ? 'nothing' : basename(options.register),
    register,
    before,
  });
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  if (options.save !== undefined) await writeFile(options.save, text, { mode: 0o600 });
  if (options.json === true) process.stdout.write(text);
  else tell(report);
  const isBad = report.servers.some(({ state, change }) => state === 'unknown' && change !== 'known');
  if (isBad) process.exitCode = 1;
  else if (report.unread.length > 0) process.exitCode = 2;
}

async function searchAll({
  home,
  repository = [],
  loopback,
  hosts,
  ports,
}: DiscoverOptions): Promise<readonly Search[]> {
  if ((hosts === undefined) !== (ports === undefined))
    throw new Mistake('--hosts and --ports go together: nothing is asked that was not named.');
  const isElse = repository.length > 0 || loopback === true || hosts !== undefined;
  const homes = home ?? (isElse ? [] : [homedir()]);
  const searches: Search[] = [];
  if (homes.length > 0) searches.push(await searchHomes(homes));
  if (repository.length > 0) searches.push(await searchFolders(repository));
  if (loopback === true) searches.push(await searchLoopback());
  if (hosts !== undefined) searches.push(await asked(hosts, (ports ?? []).map(portOf)));
  return searches;
}

async function asked(hosts: readonly string[], ports: readonly number[]): Promise<Search> {
  if (ports.length > MOST_PORTS) throw new Mistake(`--ports: name ${MOST_PORTS} at most.`);
  return searchHosts(hosts, ports).catch((error: unknown) => {
    throw error instanceof TypeError ? new Mistake(`--hosts: ${error.message}.`) : error;
  });
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new Mistake(`--ports: "${plain(text)}" is no port.`);
  return port;
}

async function readAs<T>(file: string, read: (roots: readonly Located[]) => T): Promise<T> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Mistake(`${file} cannot be read.`);
  });
  try {
    return read(readLocated(text));
  } catch (error) {
    throw error instanceof TypeError ? new Mistake(`${file}: ${error.message}.`) : error;
  }
}

function tell({ searched, servers, gone, unread, register }: DiscoveryReport): void {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  for (const { where, what, looked } of searched)
    say(`${where.padEnd(11)} ${looked} looked at: ${plain(what.join(' '))}`);
  for (const each of unread) say(`not read    ${plain(each)}`);
  say('');
  for (const { state, change, what, where } of servers) {
    const look = state === 'unknown' ? 'red' : 'green';
    say(`${styleText(look, state.padEnd(11))} ${change === 'first report' ? '' : `${change}  `}${plain(what)}`);
    say(`${' '.repeat(12)}${plain(where)}`);
  }
  for (const each of gone) say(`gone        ${plain(each)}`);
  const unknown = servers.filter(({ state }) => state === 'unknown').length;
  say(`${servers.length} found, ${unknown} not in ${plain(register)}`);
}
