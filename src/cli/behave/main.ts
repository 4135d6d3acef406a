import { accessSync, realpathSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as settle } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { resultOf, textOf } from '../../audit/judge.ts';
import type { Connection } from '../../audit/rule.ts';
import { createStdioChannel } from '../../audit/stdio-client.ts';
import { neededSources, openDeployment } from '../../config/open.ts';
import { capabilityPlaces } from '../../config/capability-places.ts';
import { parseConfig, readConfig, type ConfigFile } from '../../config/read.ts';
import { insecureWithoutFlowControl, insecureWithoutHumanApproval } from '../../insecure.ts';
import { serveStream } from '../../server/host.ts';
import { server, type ServerDefinition } from '../../server/server.ts';
import { tool, type Tool } from '../../server/tool.ts';
import { loadServer, moduleUrl } from '../load-server.ts';
import { markOf } from './acts.ts';
import { allowanceOf } from './allowance.ts';
import type { SampleResult, ToolFacts } from './facts.ts';

// Run under strace by `run.ts`: module, configuration or nothing, name of the tool, folder, token of the marks.

const [module = '', file = '', name = '', folder = '', token = ''] = process.argv.slice(2);
process.argv.length = 2;

/** How long work that a handler leaves behind still counts as the call's. */
const SETTLE_MS = 200;
/** Longest that one call may take here: a trace slows it down. */
const PATIENCE_MS = 120_000;

const modules = new Set<string>();
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) modules.add(fileURLToPath(url));
    return next(url, context);
  },
});

/** A call that does nothing: what is seen of it is the runtime's. */
const nothing: Tool = tool({
  name: 'portcullis_behave_nothing',
  description: 'Does nothing.',
  input: z.strictObject({}),
  output: z.strictObject({}),
  scope: 'behave:nothing',
  effect: 'read',
  run: () => ({}),
});

/** The configuration with everything that the server keeps in a folder of this run. The sources stay those that it names. */
async function readSource(): Promise<ConfigFile> {
  const beside = join(folder, 'portcullis.yaml');
  if (file === '') return parseConfig(`profile: dev\ndata: ${JSON.stringify(join(folder, 'data'))}`, beside);
  const source = await readConfig(file);
  const {
    audit: _audit,
    auth: _auth,
    http: _http,
    keys: _keys,
    manifest: _manifest,
    approvals: _approvals,
    ...rest
  } = source.config;
  return {
    ...source,
    config: { ...rest, profile: 'dev', data: join(folder, 'data'), store: { kind: 'memory' } },
  };
}

async function run(): Promise<ToolFacts> {
  const source = await readSource();
  const definition = await loadServer(module);
  const { tools = [], insecure = [] } = definition.options;
  const tried = tools.find(({ options }) => options.name === name);
  if (tried === undefined) throw new Error(`the server has no tool "${name}"`);
  const weakened: ServerDefinition = server({
    ...definition.options,
    tools: [...tools, nothing],
    // Nobody is there to be asked.
    insecure: [...insecure, insecureWithoutHumanApproval, insecureWithoutFlowControl],
  });
  const places = capabilityPlaces(source, neededSources(definition));
  const own = { modules: [...modules], folder: realpathSync(folder), module: resolve(module) };
  const allowance = await allowanceOf(tried, places, own);
  const open = await openDeployment(source, weakened, () => undefined);
  const [toServer, fromServer] = [new PassThrough(), new PassThrough()];
  const host = await serveStream(weakened, { ...open.deployment, module: moduleUrl(module) }, toServer, fromServer);
  const channel = createStdioChannel(toServer, fromServer);
  const connection = await channel.open('modern', {});
  await call(connection, nothing.options.name, {});
  await during('nothing', () => call(connection, nothing.options.name, {}));
  const samples: SampleResult[] = [];
  for (const [index, sample] of (tried.options.samples ?? []).entries()) {
    const label = `sample ${index + 1}`;
    const failure = await during(label, () => call(connection, name, sample));
    samples.push({ label, ...(failure === undefined ? {} : { failure }) });
  }
  toServer.end();
  await host.ended;
  await host.close();
  await open.close();
  const isolation = allowance.sandbox.length > 0 ? 'process' : (tried.options.sandbox ?? 'none');
  return { tool: name, effect: tried.options.effect, isolation, samples, allowance };
}

async function during<T>(label: string, work: () => Promise<T>): Promise<T> {
  mark('begin', label);
  try {
    const done = await work();
    await settle(SETTLE_MS);
    return done;
  } finally {
    mark('end', label);
  }
}

function mark(what: 'begin' | 'end', label: string): void {
  try {
    accessSync(markOf(token, what, label));
  } catch {
    // It is never there: that it was looked for stands in the trace.
  }
}

/** Calls a tool; gives why it failed, or nothing. */
async function call(connection: Connection, tool: string, args: unknown): Promise<string | undefined> {
  const reply = await connection.request('tools/call', { name: tool, arguments: args }, { hangUpMs: PATIENCE_MS });
  const result = resultOf(reply);
  if (result === undefined) return 'no answer';
  if (result['resultType'] === 'input_required') return 'it asks for input, and nobody is there';
  return result['isError'] === true ? textOf(reply) : undefined;
}

const output = join(folder, 'facts.json');
try {
  writeFileSync(output, JSON.stringify(await run()));
} catch (error) {
  writeFileSync(output, JSON.stringify({ mistake: error instanceof Error ? error.message : String(error) }));
}
process.exit(0);
