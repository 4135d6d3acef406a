import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gatherCodePart } from '../src/audit/parts/code.ts';
import { gatherFilesPart } from '../src/audit/parts/files.ts';
import { createRun, judgeRun, type AuditReport } from '../src/audit/run.ts';
import { scanDefinition } from '../src/scan/scan.ts';
import { readPairs, type AdvisoryPair } from '../test/support/advisory-pairs.ts';
import { agentThreatRules, mcpScan, type Fired, type Peer } from './audit/peers.ts';
import { readTools, textsIn, type ListedTool } from './audit/targets.ts';

/**
 * The audit beside scanners of other people, each with the input that it is made for. Pairs of flaw and fix: how often anything
 * fires on the flaw, on the fix, and how often a rule fires on the flaw that does not on the fix. Tool lists: how many poisoned
 * texts and how many real tools are flagged. The peers are run offline, with an empty home.
 *
 * Run: node bench/audit.ts [--peers <folder>]
 */
const { values } = parseArgs({ options: { peers: { type: 'string' } } });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const FACTS = { version: '0.0.0', target: 'x', at: '2026-01-01T00:00:00.000Z' };

interface Both {
  readonly flaw: ReadonlySet<string>;
  readonly fix: ReadonlySet<string>;
}

function sayPairs(name: string, what: string, told: readonly Both[], ms: number): void {
  const count = (holds: (each: Both) => boolean): number => told.filter(holds).length;
  const [flaw, fix] = [count((each) => each.flaw.size > 0), count((each) => each.fix.size > 0)];
  const apart = count((each) => each.flaw.difference(each.fix).size > 0);
  const strict = count((each) => each.flaw.size > 0 && each.fix.size === 0);
  say(
    `| ${name} | ${what} | ${flaw} | ${fix} | ${apart} | ${strict} | ${told.length} | ${(ms / 1_000).toFixed(1)} s |`,
  );
}

type Rules = (folder: string) => Promise<ReadonlySet<string>>;

/** Of source alone, as the others are given it: what is beside it, such as a lockfile that is missing, is in both sides of a pair. */
const inSource: Rules = async (folder) => rulesOf(judgeRun(createRun(FACTS, [await gatherCodePart(folder)])));
const inFiles: Rules = async (folder) => rulesOf(judgeRun(createRun(FACTS, [await gatherFilesPart(folder)])));

function rulesOf({ findings }: AuditReport): ReadonlySet<string> {
  return new Set(findings.map(({ rule }) => rule));
}

async function sayOurPairs(pairs: readonly AdvisoryPair[], what: string, rulesIn: Rules): Promise<void> {
  const begin = performance.now();
  const told: Both[] = [];
  for (const { flawFolder, fixFolder } of pairs)
    told.push({ flaw: await rulesIn(flawFolder), fix: await rulesIn(fixFolder) });
  sayPairs('portcullis audit', what, told, performance.now() - begin);
}

async function sayTexts(peer: Peer, pairs: readonly AdvisoryPair[]): Promise<void> {
  if (peer.texts === undefined) {
    say(`| ${peer.name} | source: it takes none | | | | | ${pairs.length} | |`);
    return;
  }
  const texts = new Map<string, string>();
  for (const { set, id, flawFolder, fixFolder } of pairs)
    for (const [side, folder] of [
      ['flaw', flawFolder],
      ['fix', fixFolder],
    ] as const)
      for (const [at, { text }] of textsIn(folder).entries()) texts.set(`${set}/${id}/${side}/${at}`, text);
  const begin = performance.now();
  const fired = await peer.texts(texts);
  const ms = performance.now() - begin;
  const of = (prefix: string): ReadonlySet<string> =>
    new Set([...fired].flatMap(([name, rules]) => (name.startsWith(`${prefix}/`) ? [...rules] : [])));
  const told = pairs.map(({ set, id }) => ({ flaw: of(`${set}/${id}/flaw`), fix: of(`${set}/${id}/fix`) }));
  sayPairs(peer.name, 'source, each file as the text of an event', told, ms);
}

async function sayConfigs(peer: Peer, pairs: readonly AdvisoryPair[]): Promise<void> {
  if (peer.config === undefined) return;
  const begin = performance.now();
  const told: Both[] = [];
  for (const { flawFolder, fixFolder } of pairs)
    told.push({
      flaw: await peer.config(readFileSync(join(flawFolder, 'mcp.json'), 'utf8')),
      fix: await peer.config(readFileSync(join(fixFolder, 'mcp.json'), 'utf8')),
    });
  sayPairs(peer.name, 'client configuration', told, performance.now() - begin);
}

function sayTools(name: string, tools: readonly ListedTool[], fired: Fired, ms: number): void {
  const share = (isPoisoned: boolean): string => {
    const own = tools.filter((tool) => tool.isPoisoned === isPoisoned);
    const hits = own.filter((tool) => (fired.get(tool.name)?.size ?? 0) > 0).length;
    return `${hits} of ${own.length} (${((100 * hits) / own.length).toFixed(1)} %)`;
  };
  say(`| ${name} | ${share(true)} | ${share(false)} | ${(ms / 1_000).toFixed(1)} s |`);
}

const pairs = readPairs();
const source = pairs.filter(({ mode }) => mode === 'code');
const hasClient = ({ flaw }: AdvisoryPair): boolean => flaw.some(({ file }) => file === 'mcp.json');
const clients = pairs.filter((pair) => pair.mode === 'config' && hasClient(pair));
const peers = values.peers === undefined ? [] : [mcpScan(values.peers), agentThreatRules(values.peers)];
if (peers.length === 0)
  say(
    'Without peers. To compare: npm install --ignore-scripts --prefix <folder> mcp-scan@2.0.8 agent-threat-rules@4.0.0, then --peers <folder>\n',
  );

say('| scanner | input | fires on flaw | fires on fix | a rule on the flaw alone | silent on the fix | pairs | time |');
say('|---|---|---|---|---|---|---|---|');
await sayOurPairs(source, 'source', inSource);
for (const peer of peers) await sayTexts(peer, source);
await sayOurPairs(clients, 'client configuration', inFiles);
for (const peer of peers) await sayConfigs(peer, clients);

const tools = readTools();
if (tools === undefined) say('\nTool lists skipped: the corpora are not here');
else {
  say('\n| scanner | poisoned texts flagged | real tools flagged | time |');
  say('|---|---|---|---|');
  let begin = performance.now();
  const ours = new Map(
    tools.map(({ name, definition }) => [name, new Set(scanDefinition(definition).map(({ rule }) => rule))]),
  );
  sayTools('portcullis', tools, ours, performance.now() - begin);
  for (const peer of peers) {
    begin = performance.now();
    sayTools(peer.name, tools, await peer.tools(tools), performance.now() - begin);
  }
}
