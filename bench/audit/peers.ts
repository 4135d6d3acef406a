import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { ListedTool } from './targets.ts';

const run = promisify(execFile);
const MOST_MS = 10 * 60_000;

/** Rules that fired, by the name of what was scanned. */
export type Fired = ReadonlyMap<string, ReadonlySet<string>>;

/** A scanner of somebody else, run as a program of its own with an empty home and none of our environment. */
export interface Peer {
  readonly name: string;
  /** What it says of tool lists. */
  tools(tools: readonly ListedTool[]): Promise<Fired>;
  /** What it says of a client configuration. */
  config?(text: string): Promise<ReadonlySet<string>>;
  /** What it says of texts, by name: the form that comes nearest to source code. */
  texts?(texts: ReadonlyMap<string, string>): Promise<Fired>;
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Both end with 1 when they found something. */
async function outputOf(args: readonly string[], home: string): Promise<unknown> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, NO_COLOR: '1' };
  const options = { cwd: home, env, timeout: MOST_MS, maxBuffer: 256 * 1024 * 1024 };
  const text = await run(process.execPath, [...args], options).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      if (error instanceof Error && 'stdout' in error && error.stdout !== '') return String(error.stdout);
      throw error;
    },
  );
  return JSON.parse(text.slice(text.indexOf('{')));
}

const ScanReport = z.object({
  results: z.array(z.object({ serverName: z.string(), findings: z.array(z.object({ id: z.string() })) })),
});

/** What it says of a text; the rest is about servers beside each other, and about what kinds of data they may hold. */
const ABOUT_TEXTS: ReadonlySet<string> = new Set([
  'prompt-injection-pattern',
  'unicode-injection',
  'tool-exfiltration-risk',
]);

/** `mcp-scan`: it reads configurations of clients, in which a server can carry the list of its tools. */
export function mcpScan(peers: string): Peer {
  const program = join(peers, 'node_modules/mcp-scan/dist/index.js');
  const scan = (config: string): Promise<Fired> =>
    inFolder(async (folder) => {
      const file = join(folder, 'mcp.json');
      await writeFile(file, config);
      const args = [program, 'scan', '--config', file, '--json', '--offline'];
      const { results } = ScanReport.parse(await outputOf(args, folder));
      return new Map(results.map(({ serverName, findings }) => [serverName, new Set(findings.map(({ id }) => id))]));
    });
  return {
    name: 'mcp-scan 2.0.8',
    async tools(tools) {
      // Two that are started alike would be taken for one.
      const entry = (definition: { readonly name: string }): object => ({
        command: 'node',
        args: [`${definition.name}.js`],
        schema: { tools: [definition] },
      });
      const fired = await scan(
        JSON.stringify({ mcpServers: Object.fromEntries(tools.map((tool) => [tool.name, entry(tool.definition)])) }),
      );
      return new Map([...fired].map(([name, rules]) => [name, rules.intersection(ABOUT_TEXTS)]));
    },
    async config(text) {
      return new Set([...(await scan(text)).values()].flatMap((rules) => [...rules]));
    },
  };
}

const EventReport = z.object({
  results: z.array(
    z.object({
      event: z.object({ content_preview: z.string() }),
      matches: z.array(z.object({ rule_id: z.string() })),
    }),
  ),
});

/** `agent-threat-rules`: it reads events of agents. A tool is one, and a text can be given as one. */
export function agentThreatRules(peers: string): Peer {
  const program = join(peers, 'node_modules/agent-threat-rules/dist/cli.js');
  const scan = (
    events: readonly { readonly name: string; readonly content: string; readonly fields?: object }[],
  ): Promise<Fired> =>
    inFolder(async (folder) => {
      const file = join(folder, 'events.json');
      const timestamp = '2026-01-01T00:00:00.000Z';
      // The report tells events apart by how they begin.
      const given = events.map(({ name, content, fields }) => ({
        type: 'mcp_exchange',
        timestamp,
        content: `${name}\n${content}`,
        ...(fields === undefined ? {} : { fields }),
      }));
      await writeFile(file, JSON.stringify(given));
      const { results } = EventReport.parse(await outputOf([program, 'scan', file, '--json', '--no-report'], folder));
      return new Map(
        results.map(({ event, matches }) => [
          event.content_preview.split('\n')[0] ?? '',
          new Set(matches.map(({ rule_id }) => rule_id)),
        ]),
      );
    });
  return {
    name: 'agent-threat-rules 4.0.0',
    tools: (tools) =>
      scan(
        tools.map(({ name, definition }) => ({
          name,
          content: definition.description,
          fields: { tool_name: definition.name, tool_description: definition.description },
        })),
      ),
    texts: (texts) => scan([...texts].map(([name, content]) => ({ name, content }))),
  };
}
