import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { SEVERITIES, type Severity } from '../audit/model.ts';
import { gatherFilesPart } from '../audit/parts/files.ts';
import { jsonReport } from '../audit/report/json.ts';
import { junitReport } from '../audit/report/junit.ts';
import { markdownReport } from '../audit/report/markdown.ts';
import { sarifReport } from '../audit/report/sarif.ts';
import { terminalReport } from '../audit/report/terminal.ts';
import { createRun, judgeRun, type AuditReport, type AuditRun } from '../audit/run.ts';
import { isObject } from '../protocol/json.ts';
import { addLaunchOptions, commandBehind, gatherLaunched, type LaunchCliOptions } from './audit-launch.ts';
import { addLiveOptions, gatherLive, isLiveTarget, liveOptions, type LiveCliOptions } from './audit-live.ts';
import { writePatch } from './audit-patch.ts';
import { Mistake } from './mistake.ts';
import { readVersion } from './version.ts';

const FORMATS: Readonly<Record<string, (report: AuditReport) => string>> = {
  terminal: terminalReport,
  json: jsonReport,
  sarif: sarifReport,
  markdown: markdownReport,
  junit: junitReport,
};

interface AuditOptions extends LiveCliOptions, LaunchCliOptions {
  readonly format: string;
  readonly output?: string;
  readonly failOn: Severity | 'never';
  readonly patch?: string;
  readonly save?: string;
  readonly replay?: boolean;
}

/** Enters `portcullis audit`. */
export function addAudit(program: Command): void {
  addLaunchOptions(addLiveOptions(program.command('audit')))
    .description(
      'look for what is wrong in a running server, client configurations, Dockerfiles, Compose files and Kubernetes manifests',
    )
    .argument('<target>', 'a file, a folder, or the URL of a server; a run that was kept, with --replay')
    .argument('[command...]', 'or, behind --, the command of a server that is launched in a sandbox')
    .addOption(new Option('--format <format>', 'how it is told').choices(Object.keys(FORMATS)).default('terminal'))
    .option('--output <file>', 'write the report there instead of to the terminal')
    .addOption(
      new Option('--fail-on <severity>', 'from which severity on the exit code is 1')
        .choices([...SEVERITIES, 'never'])
        .default('high'),
    )
    .option('--patch <file>', 'write what can be mended by itself there, for git apply')
    .option('--save <file>', 'keep what was gathered, to be judged again without the target')
    .option('--replay', 'judge a run that was kept')
    .action((path: string, more: readonly string[], options: AuditOptions) => audit([path, ...more], options));
}

/** Exit codes: 0 where nothing of that severity was found, 1 where something was, 2 where something could not be read. */
async function audit(words: readonly string[], options: AuditOptions): Promise<void> {
  const { format, output, failOn, patch, save, replay } = options;
  const command = commandBehind(words, process.argv);
  const [path = ''] = words;
  if (replay === true && patch !== undefined)
    throw new Mistake('--patch needs the target itself, which a run that was kept is without.');
  if ((command !== undefined || isLiveTarget(path)) && patch !== undefined)
    throw new Mistake('--patch mends files, and a running server has none.');
  const run =
    replay === true
      ? await readRun(path)
      : await (command === undefined ? gather(path, options) : launch(command, options));
  if (save !== undefined) await writeFile(save, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  const report = judgeRun(run);
  if (patch !== undefined) await writePatch(patch, report);
  const text = FORMATS[format]?.(report) ?? '';
  if (output === undefined) process.stdout.write(text);
  else await writeFile(output, text);
  const worst = failOn === 'never' ? -1 : SEVERITIES.indexOf(failOn);
  if (report.findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= worst)) process.exitCode = 1;
  else if (report.unread.length > 0) process.exitCode = 2;
}

async function gather(path: string, options: AuditOptions): Promise<AuditRun> {
  const facts = { version: readVersion(), at: new Date().toISOString() };
  if (isLiveTarget(path)) {
    const part = await gatherLive(path, options);
    // Without its query, in which a key may stand.
    return createRun({ ...facts, target: part.files[0] ?? '' }, [part]);
  }
  if (!existsSync(path)) throw new Mistake(`there is nothing at ${path}. Name a file or a folder.`);
  const part = await gatherFilesPart(path);
  if (part.files.length === 0 && part.unread.length === 0)
    throw new Mistake(
      `there is nothing at ${path} that is looked at: no client configuration, Dockerfile, Compose file or Kubernetes manifest.`,
    );
  return createRun({ ...facts, target: path }, [part]);
}

async function launch(command: readonly string[], options: AuditOptions): Promise<AuditRun> {
  const part = await gatherLaunched(command, options, await liveOptions(options));
  return createRun({ version: readVersion(), at: new Date().toISOString(), target: part.files[0] ?? '' }, [part]);
}

async function readRun(path: string): Promise<AuditRun> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Mistake(`${path} cannot be read.`);
  });
  const value: unknown = await Promise.resolve(text)
    .then(JSON.parse)
    .catch(() => undefined);
  if (!isObject(value) || value['format'] !== 'portcullis-audit-1' || !Array.isArray(value['parts']))
    throw new Mistake(`${path} is no run that was kept. Make one: portcullis audit <path> --save <file>`);
  return value as unknown as AuditRun;
}
