import { Command, CommanderError } from 'commander';
import { LogDamage } from '../record/damage.ts';
import type { DevOptions } from './dev.ts';
import type { LogCommandOptions } from './log.ts';
import { complain } from './mistake.ts';
import type { ProveOptions } from './prove.ts';
import type { ServeOptions } from './serve.ts';
import { bearUnread } from './unread.ts';
import { readVersion } from './version.ts';

/** Commands with the file that has them, in the order of the help: a file is loaded when one of its commands is named. */
const FILES: readonly (readonly [commands: readonly string[], load: () => Promise<(program: Command) => void>])[] = [
  [['audit'], async () => (await import('./audit.ts')).addAudit],
  [['evidence'], async () => (await import('./evidence.ts')).addEvidence],
  [['discover'], async () => (await import('./discover-servers.ts')).addDiscover],
  [['review'], async () => (await import('./review.ts')).addReview],
  [['log'], () => Promise.resolve(addLog)],
  [['behave'], async () => (await import('./behave.ts')).addBehave],
  [['gateway'], async () => (await import('./gateway.ts')).addGateway],
  [['disable', 'enable', 'switches'], async () => (await import('./switches.ts')).addSwitches],
  [['manifest'], async () => (await import('./manifest.ts')).addManifest],
  [['grant', 'grants', 'revoke'], async () => (await import('./grants.ts')).addGrants],
  [['policy'], async () => (await import('./policy-commands.ts')).addPolicy],
  [['secrets'], async () => (await import('./secrets.ts')).addSecrets],
  [['prove', 'config', 'keys'], () => Promise.resolve(addOthers)],
];

/**
 * Runs the command line. Gives no exit code: it sets `process.exitCode`, and ends the process when a command is done.
 * @param argv As `process.argv`.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const program = await createProgram(argv[2] === '--debug' ? argv[3] : argv[2]);
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

/** Has every command where none of them is named. */
async function createProgram(named: string | undefined): Promise<Command> {
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
    .action(async (module: string, options: DevOptions) => (await import('./dev.ts')).dev(module, options));
  program
    .command('serve')
    .description('run a server as a configuration file says')
    .argument('<module>', 'a module whose default export is server({ ... })')
    .requiredOption('--config <file>', 'configuration file')
    .option('--port <number>', 'port to bind instead of the one in the file')
    .option('--stdio', 'serve over standard input and output instead')
    .action(async (module: string, options: ServeOptions) => (await import('./serve.ts')).serve(module, options));
  const wanted = FILES.filter(([commands]) => named !== undefined && commands.includes(named));
  const isKnown = named !== undefined && ['dev', 'serve', '--version'].includes(named);
  for (const [, load] of wanted.length === 0 && !isKnown ? FILES : wanted) (await load())(program);
  return program;
}

function addOthers(program: Command): void {
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
    .action(async (file: string) => (await import('./config.ts')).configCheck(file));
  program
    .command('keys')
    .description('make the keys that a configuration names, where they are absent')
    .requiredOption('--config <file>', 'configuration file')
    .action(async ({ config }: { readonly config: string }) => (await import('./config.ts')).makeKeys(config));
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
    .action(async (directory: string | undefined, options: LogCommandOptions) => {
      await (await import('./log.ts')).logVerify(directory, options);
    });
  command('tail', 'print the last records, then each new one')
    .option('--lines <number>', 'records to begin with', '10')
    .option('--no-follow', 'end after the last record')
    .action(async (directory: string | undefined, options: LogCommandOptions) => {
      await (await import('./log.ts')).logTail(directory, options);
    });
  command('show', 'print all records, or those of one request')
    .option('--request <id>', 'the request id that a refusal names')
    .action(async (directory: string | undefined, options: LogCommandOptions) => {
      await (await import('./log.ts')).logShow(directory, options);
    });
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
