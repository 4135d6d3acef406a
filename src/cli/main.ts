import { Command, CommanderError } from 'commander';
import { LogDamage } from '../record/damage.ts';
import { addAudit } from './audit.ts';
import { addBehave } from './behave.ts';
import { configCheck, makeKeys } from './config.ts';
import { dev, type DevOptions } from './dev.ts';
import { addGateway } from './gateway.ts';
import { addGrants } from './grants.ts';
import { logShow, logTail, logVerify, type LogCommandOptions } from './log.ts';
import { addManifest } from './manifest.ts';
import { complain } from './mistake.ts';
import { addPolicy } from './policy-commands.ts';
import type { ProveOptions } from './prove.ts';
import { addSecrets } from './secrets.ts';
import { serve, type ServeOptions } from './serve.ts';
import { addSwitches } from './switches.ts';
import { bearUnread } from './unread.ts';
import { readVersion } from './version.ts';

/**
 * Runs the command line. Gives no exit code: it sets `process.exitCode`, and ends the process when a command is done.
 * @param argv As `process.argv`.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  const isUnread = bearUnread([process.stdout, process.stderr]);
  let code = 0;
  try {
    await program.parseAsync([...argv]);
    code = Number(process.exitCode ?? 0);
  } catch (error) {
    code = 1;
    if (error instanceof CommanderError) code = error.exitCode;
    else complain(error, isDebug(program) && !(error instanceof LogDamage));
  }
  process.exitCode = code;
  if (!isUnread(process.stdout)) await drained(process.stdout);
  process.exit(code);
}

function createProgram(): Command {
  const program = new Command('portcullis')
    .description('Build, guard and prove secure MCP servers.')
    .version(readVersion(), '--version', 'show the version')
    .option('--debug', 'show the stack of an error')
    .exitOverride()
    .showHelpAfterError('(portcullis --help tells what there is)');
  program
    .command('dev')
    .description('run a server on this machine, with sign-in and demo users')
    .argument('<module>', 'a module whose default export is server({ ... })')
    .option('--port <number>', 'port to bind; 0 takes a free one')
    .option('--config <file>', 'configuration; portcullis.yaml beside the module when there is one')
    .option('--stdio', 'serve over standard input and output instead')
    .option('--permissions', 'let it touch what it declares and nothing else, as serve does')
    .action((module: string, options: DevOptions) => dev(module, options));
  program
    .command('serve')
    .description('run a server as a configuration file says')
    .argument('<module>', 'a module whose default export is server({ ... })')
    .requiredOption('--config <file>', 'configuration file')
    .option('--port <number>', 'port to bind instead of the one in the file')
    .option('--stdio', 'serve over standard input and output instead')
    .action((module: string, options: ServeOptions) => serve(module, options));
  addAudit(program);
  addLog(program);
  addBehave(program);
  addGateway(program);
  addSwitches(program);
  addManifest(program);
  addGrants(program);
  addPolicy(program);
  addSecrets(program);
  program
    .command('prove')
    .description('attack every control, off and on: an attack succeeds only where its control is off')
    .argument('[ids...]', 'controls to prove; all when left out')
    .option('--json', 'one JSON object a line')
    .action(async (ids: readonly string[], options: ProveOptions) => {
      // It brings every attack and every fixture, which no other command needs.
      const { prove } = await import('./prove.ts');
      await prove(ids, options);
    });
  program
    .command('config')
    .description('work with configuration files')
    .command('check')
    .description('say whether a configuration can be used, and if not where and why')
    .argument('[file]', 'configuration file', 'portcullis.yaml')
    .action((file: string) => configCheck(file));
  program
    .command('keys')
    .description('make the keys that a configuration names, where they are absent')
    .requiredOption('--config <file>', 'configuration file')
    .action(({ config }: { readonly config: string }) => makeKeys(config));
  return program;
}

function addLog(program: Command): void {
  const log = program.command('log').description('read and verify the audit log');
  const command = (name: string, description: string): Command =>
    log
      .command(name)
      .description(description)
      .argument('[directory]', 'folder of the log; .portcullis/audit when left out')
      .option('--config <file>', 'take the folder from a configuration file')
      .option('--json', 'one JSON object a line');
  command('verify', 'check every record, the tree and every signature')
    .option('--key <verifier>', "the log's public key (name+hash+key), from where you keep it")
    .option('--known <file...>', 'checkpoints that you kept: they show a log that was rolled back')
    .action((directory: string | undefined, options: LogCommandOptions) => logVerify(directory, options));
  command('tail', 'print the last records, then each new one')
    .option('--lines <number>', 'records to begin with', '10')
    .option('--no-follow', 'end after the last record')
    .action((directory: string | undefined, options: LogCommandOptions) => logTail(directory, options));
  command('show', 'print all records, or those of one request')
    .option('--request <id>', 'the request id that a refusal names')
    .action((directory: string | undefined, options: LogCommandOptions) => logShow(directory, options));
}

function isDebug(program: Command): boolean {
  return program.opts()['debug'] === true;
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.once('drain', resolve);
  });
}
