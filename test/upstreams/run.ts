import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { parseDocument } from 'yaml';
import { makePlaces } from './places.ts';
import { realServers, type RealServer, type Try } from './servers.ts';

// Ten real servers behind the gateway: imported from a client's configuration, pinned, approved, served, and called with the
// official client; then with fewer needs, and then outside of them. It downloads them from npm on its first run.
//   node test/upstreams/run.ts [--keep <folder>] [server...]

const COMMAND = fileURLToPath(new URL('../../bin/portcullis.js', import.meta.url));
const argv = process.argv.slice(2);
const keep = argv[0] === '--keep' ? argv[1] : undefined;
const wanted = keep === undefined ? argv : argv.slice(2);
const folder = keep ?? mkdtempSync(join(tmpdir(), 'portcullis-upstreams-'));
mkdirSync(folder, { recursive: true });
chmodSync(folder, 0o755);

/** Runs a command of the gateway, and gives what it printed and how long it took in milliseconds. */
function gateway(cwd: string, ...args: readonly string[]): { text: string; ms: number } {
  const began = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'gateway', ...args], { cwd, encoding: 'utf8' });
  return { text: stdout + stderr, ms: performance.now() - began };
}

/** A gateway that is served, its client, and what its operator is told. */
async function serve(cwd: string): Promise<{ client: Client; said: () => string }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [COMMAND, 'gateway', '--stdio'],
    cwd,
    stderr: 'pipe',
  });
  let said = '';
  transport.stderr?.on('data', (piece: Buffer) => (said += piece.toString('utf8')));
  const client = new Client(
    { name: 'upstreams', version: '1.0.0' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' } },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { approve: true } }));
  await client.connect(transport);
  return { client, said: () => said };
}

async function call(client: Client, id: string, { tool, args }: Try): Promise<string> {
  try {
    const result = await client.callTool({ name: `${id}__${tool}`, arguments: { ...args } }, { timeout: 100_000 });
    return JSON.stringify(result);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A configuration of a client, as it may stand on anybody's machine. */
function clientConfiguration(servers: Readonly<Record<string, RealServer>>): string {
  const entries = Object.entries(servers).map(([id, { package: name, args = [], env }]) => [
    id,
    { command: 'npx', args: ['-y', name, ...args], ...(env === undefined ? {} : { env }) },
  ]);
  return JSON.stringify({ mcpServers: Object.fromEntries(entries) }, undefined, 2);
}

/** What a person would write into the configuration: the needs, and a look at the tools that are called. */
function amend(cwd: string, change: (document: ReturnType<typeof parseDocument>) => void): void {
  const file = join(cwd, 'portcullis.yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  change(document);
  writeFileSync(file, String(document));
}

/** The same servers in a folder of their own, installed once. */
function workplace(name: string): string {
  const cwd = join(folder, name);
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd, { mode: 0o755 });
  const installed = join(folder, 'installed');
  mkdirSync(installed, { recursive: true, mode: 0o755 });
  symlinkSync(installed, join(cwd, '.portcullis-upstreams'));
  return cwd;
}

interface Row {
  listed: number;
  readonly failed: string[];
  called: string;
  fewer: string;
  refused: string;
}

const { places, close } = await makePlaces(join(folder, 'places'));
const all = realServers(places);
const servers = Object.fromEntries(Object.entries(all).filter(([id]) => wanted.length === 0 || wanted.includes(id)));
const rows = new Map<string, Row>();
const took: Record<string, number> = {};

/** Imports, pins, approves and serves; tries each of the calls, and closes. */
async function tryOut(
  name: string,
  some: Readonly<Record<string, RealServer>>,
  tries: (id: string) => readonly (readonly [id: string, each: Try])[],
  heard: (id: string, listed: number, results: readonly (readonly [Try, string])[]) => void,
): Promise<void> {
  const cwd = workplace(name);
  writeFileSync(join(cwd, 'mcp.json'), clientConfiguration(some));
  took[`${name} import`] = gateway(cwd, 'import', 'mcp.json').ms;
  if (!existsSync(join(cwd, 'portcullis.yaml'))) throw new Error('nothing was imported');
  amend(cwd, (document) => {
    for (const [id, { needs }] of Object.entries(some))
      document.setIn(['upstreams', id, 'needs'], document.createNode(needs));
  });
  const pinned = gateway(cwd, 'pin', '--yes');
  took[`${name} pin`] = pinned.ms;
  console.error(
    pinned.text
      .split('\n')
      .filter((line) => !line.startsWith('  '))
      .join('\n'),
  );
  amend(cwd, (document) => {
    for (const [id, { calls, fewer, refused }] of Object.entries(some))
      for (const { tool } of [...calls, ...fewer, ...refused])
        if (document.hasIn(['upstreams', id, 'tools']))
          document.setIn(['upstreams', id, 'tools', tool], { effect: 'read', timeout: '90s' });
  });
  took[`${name} approve`] = gateway(cwd, 'approve', '--by', 'somebody').ms;
  const began = performance.now();
  const { client, said } = await serve(cwd);
  try {
    const { tools } = await client.listTools();
    for (const id of Object.keys(some)) {
      const results: (readonly [Try, string])[] = [];
      for (const [own, each] of tries(id)) {
        const before = said().length;
        const isServed = tools.some((tool) => tool.name === `${own}__${each.tool}`);
        const text = isServed ? await call(client, own, each) : `not pinned: ${linesOf(pinned.text, own)}`;
        console.error(`${name}: ${own}, ${each.tool}: ${textOf(text).slice(0, 240)}`);
        // What the gateway says of every failure tells nothing of why.
        results.push([each, `${text.replaceAll('The operation failed.', '')} ${said().slice(before)}`]);
      }
      heard(id, tools.filter((tool) => tool.name.startsWith(`${id}__`)).length, results);
    }
    took[`${name} serve and call`] = performance.now() - began;
  } finally {
    await client.close();
  }
}

/** The words of an answer, without what every answer has. */
const textOf = (answer: string): string => /"text":"([^]*)/.exec(answer)?.[1] ?? answer;

const linesOf = (text: string, id: string): string =>
  text
    .split('\n')
    .filter((line) => line.includes(id))
    .join(' ');

function verdict(row: Row, what: string, results: readonly (readonly [Try, string])[]): string {
  const good = results.filter(([{ says }, text]) => says.test(text)).length;
  for (const [{ tool, says }, text] of results)
    if (!says.test(text)) row.failed.push(`${what}: ${tool} does not say ${says}: ${text.slice(0, 600)}`);
  return results.length === 0 ? '-' : `${good}/${results.length}`;
}

/** Each variant is a server of its own beside the others. */
function variants(kind: 'fewer' | 'refused'): Readonly<Record<string, RealServer>> {
  return Object.fromEntries(
    Object.entries(servers).flatMap(([id, server]) =>
      server[kind].map((each, n): [string, RealServer] => {
        const secret = Object.entries(server.env ?? {}).filter(([key]) => /TOKEN|KEY|PASSWORD|^MCP_/.test(key));
        const env = each.env === undefined ? server.env : { ...Object.fromEntries(secret), ...each.env };
        return [
          `${id}-${kind.slice(0, 1)}${n}`,
          {
            ...server,
            needs: each.needs ?? server.needs,
            ...(env === undefined ? {} : { env }),
            ...(each.args0 === undefined ? {} : { args: each.args0 }),
          },
        ];
      }),
    ),
  );
}

try {
  for (const id of Object.keys(servers)) rows.set(id, { listed: 0, failed: [], called: '', fewer: '-', refused: '-' });
  await tryOut(
    'whole',
    servers,
    (id) => (servers[id]?.calls ?? []).map((each) => [id, each]),
    (id, listed, results) => {
      const row = rows.get(id);
      if (row !== undefined) Object.assign(row, { listed, called: verdict(row, 'called', results) });
    },
  );
  for (const kind of ['fewer', 'refused'] as const) {
    const found = new Map<string, (readonly [Try, string])[]>();
    const some = variants(kind);
    await tryOut(
      kind,
      some,
      (own) => {
        const cut = own.lastIndexOf('-');
        const each = servers[own.slice(0, cut)]?.[kind][Number(own.slice(cut + 2))];
        return each === undefined ? [] : [[own, each]];
      },
      (own, _, results) => {
        const id = own.slice(0, own.lastIndexOf('-'));
        found.set(id, [...(found.get(id) ?? []), ...results]);
      },
    );
    for (const [id, results] of found) {
      const row = rows.get(id);
      if (row !== undefined) row[kind] = verdict(row, kind, results);
    }
  }
  console.log(`${'server'.padEnd(12)} listed  called  with fewer  refused`);
  for (const [id, { listed, called, fewer, refused, failed }] of rows) {
    console.log(`${id.padEnd(12)} ${String(listed).padEnd(7)} ${called.padEnd(7)} ${fewer.padEnd(11)} ${refused}`);
    for (const line of failed) console.log(`  ${line}`);
    if (failed.length > 0 || listed === 0) process.exitCode = 1;
  }
  for (const [what, ms] of Object.entries(took)) console.log(`${what.padEnd(24)} ${(ms / 1000).toFixed(1)} s`);
} finally {
  await close();
  if (keep === undefined) rmSync(folder, { recursive: true, force: true });
}
