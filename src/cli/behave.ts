import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { nearest } from '../options.ts';
import { findStrace, observe, type Behaviour } from './behave/run.ts';
import { loadServer } from './load-server.ts';
import { Mistake } from './mistake.ts';

/** Options of `portcullis behave`. */
export interface BehaveOptions {
  readonly config?: string;
  readonly tool?: readonly string[];
  readonly json?: boolean;
}

/** Adds the command. */
export function addBehave(program: Command): void {
  program
    .command('behave')
    .description('run each tool on its samples, and tell what it touched that it did not declare')
    .argument('<module>', 'a module whose default export is server({ ... })')
    .option('--config <file>', 'where sources, folders, hosts and programs are; what the tools do to them is real')
    .option('--tool <name...>', 'tools to run; all when left out')
    .option('--json', 'one JSON object a line')
    .action((module: string, options: BehaveOptions) => behave(module, options));
}

/**
 * Runs `portcullis behave`. Sets exit code 1 when a tool did what it did not declare, or could not be run.
 * @throws Mistake without strace, or for a tool that the server does not have.
 */
async function behave(module: string, { config, tool: chosen, json = false }: BehaveOptions): Promise<void> {
  const strace = findStrace();
  if (strace === undefined)
    throw new Mistake('behave watches tools by strace, on Linux: install it with "apt-get install strace".');
  const { tools = [] } = (await loadServer(module)).options;
  const names = tools.map(({ options: { name } }) => name);
  for (const name of chosen ?? []) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new Mistake(`the server has no tool "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`);
  }
  const beside = join(dirname(resolve(module)), 'portcullis.yaml');
  const file = config ?? (existsSync(beside) ? beside : undefined);
  const results: Behaviour[] = [];
  for (const { options } of tools) {
    const { name, effect, samples = [] } = options;
    if (chosen !== undefined && !chosen.includes(name)) continue;
    const task = {
      strace,
      module: resolve(module),
      config: file === undefined ? '' : resolve(file),
      tool: name,
      effect,
    };
    const result = samples.length === 0 ? { tool: name, effect, samples: [], findings: [] } : await observe(task);
    results.push(result);
    for (const line of json ? [JSON.stringify(result)] : linesOf(result)) process.stdout.write(`${line}\n`);
  }
  const wrong = results.filter(({ findings, error }) => findings.length > 0 || error !== undefined).length;
  const untried = results.filter(({ samples, error }) => samples.length === 0 && error === undefined).length;
  const summary = { tools: results.length, wrong, untried };
  process.stdout.write(
    json
      ? `${JSON.stringify(summary)}\n`
      : `behave: ${results.length - wrong - untried} of ${results.length} tools do what they declare, ${wrong} do not, ${untried} have no samples\n`,
  );
  if (wrong > 0) process.exitCode = 1;
}

const WORDS: Readonly<Record<Behaviour['findings'][number]['kind'], string>> = {
  read: 'reads',
  write: 'writes',
  run: 'runs',
  connect: 'connects to',
  listen: 'listens at',
  effect: 'has the effect "read" and changes',
};

function linesOf({ tool, effect, samples, findings, error }: Behaviour): readonly string[] {
  const head = `${tool.padEnd(28)}${effect.padEnd(13)}`;
  if (error !== undefined) return [`${head}${styleText('red', 'could not be run')}: ${error}`];
  if (samples.length === 0) return [`${head}${styleText('yellow', 'not tried')}: it has no samples`];
  const failures = samples.flatMap(({ label, failure }) =>
    failure === undefined ? [] : [`  ${label} did not succeed: ${failure}`],
  );
  if (findings.length === 0) return [`${head}${styleText('green', 'does what it declares')}`, ...failures];
  const found = findings.map(({ kind, what, times, failed, by, sample }) => {
    const more = [failed ? 'tried only' : '', by === undefined ? '' : `by ${by}`, times === 1 ? '' : `${times} times`];
    return `  ${WORDS[kind]} ${what} (${[...more.filter((text) => text !== ''), sample].join(', ')})`;
  });
  return [`${head}${styleText('red', 'does more than it declares')}`, ...found, ...failures];
}
