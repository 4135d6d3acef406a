import { readFile, writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { SEVERITIES, type Severity } from '../audit/model.ts';
import { jsonReport } from '../audit/report/json.ts';
import { junitReport } from '../audit/report/junit.ts';
import { markdownReport } from '../audit/report/markdown.ts';
import { sarifReport } from '../audit/report/sarif.ts';
import { isStanding } from '../audit/report/standing.ts';
import { terminalReport } from '../audit/report/terminal.ts';
import { judgeRun, type AuditReport, type AuditRun } from '../audit/run.ts';
import { isObject } from '../protocol/json.ts';
import { addBearing, bear, type BearingOptions } from './audit-bearing.ts';
import { writePatch } from './audit-patch.ts';
import { addRulesOption, loadRules, type RulesOptions } from './audit-rules.ts';
import { addSigning, signAudit, withSubject, type SignOptions } from './audit-sign.ts';
import { addTargetOptions, gatherTargets, targetsOf, type TargetOptions } from './audit-target.ts';
import { Mistake } from './mistake.ts';

const FORMATS: Readonly<Record<string, (report: AuditReport) => string | Promise<string>>> = {
  terminal: terminalReport,
  json: jsonReport,
  html: async (report) => (await import('../audit/report/html/page.ts')).htmlReport(report),
  sarif: sarifReport,
  markdown: markdownReport,
  junit: junitReport,
};

interface AuditOptions extends BearingOptions, RulesOptions, SignOptions, TargetOptions {
  readonly format: string;
  readonly output?: string;
  readonly failOn: Severity | 'never';
  readonly patch?: string;
}

/** Enters `portcullis audit`. */
export function addAudit(program: Command): void {
  const command = addTargetOptions(program.command('audit'))
    .description('look for what is wrong in a running server, code, configuration, lockfiles, packages and records')
    .argument(
      '<target...>',
      'files, folders, the URL of a server, a package such as name@1.2.3, or the command of a server behind --; a run that was kept, with --replay',
    )
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
    .action((words: readonly string[], options: AuditOptions) => audit(words, options));
  addBearing(command);
  addRulesOption(command);
  addSigning(command);
}

/** Exit codes: 0 where nothing of that severity was found that is not known or waived, 1 where something was, 2 where something could not be read. */
async function audit(words: readonly string[], options: AuditOptions): Promise<void> {
  const { format, output, failOn, patch, save, replay } = options;
  const targets = replay === true ? [] : targetsOf(words, options);
  const named = targets.find(({ isFiles }) => isFiles)?.name ?? words[0] ?? '';
  if (patch !== undefined && (targets.length !== 1 || targets[0]?.isFiles !== true))
    throw new Mistake(
      '--patch needs the target itself, in files that can be changed: no package, no server, and no run that was kept.',
    );
  await loadRules(named, options);
  const startedAt = new Date();
  const gathered = replay === true ? await readRun(named) : await gatherTargets(targets, options);
  const run = await withSubject(gathered, startedAt, options);
  if (save !== undefined) await writeFile(save, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  const report = await bear(judgeRun(run), named, options);
  await signAudit(run, report, options);
  if (patch !== undefined) await writePatch(patch, report);
  const text = (await FORMATS[format]?.(report)) ?? '';
  if (output === undefined) process.stdout.write(text);
  else await writeFile(output, text);
  const worst = failOn === 'never' ? -1 : SEVERITIES.indexOf(failOn);
  if (report.findings.filter(isStanding).some(({ severity }) => SEVERITIES.indexOf(severity) <= worst))
    process.exitCode = 1;
  else if (report.unread.length > 0) process.exitCode = 2;
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
