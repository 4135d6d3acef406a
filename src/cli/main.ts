import { Command, CommanderError } from 'commander';
import { LogDamage } from '../record/damage.ts';
import { dev, type DevOptions } from './dev.ts';
import { complain } from './mistake.ts';

/**
 * Runs the command line. Gives no exit code: it sets `process.exitCode`, and ends the process when a command is done.
 * @param argv As `process.argv`.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
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
  await drained(process.stdout);
  process.exit(code);
}

function createProgram(): Command {
  const program = new Command('portcullis')
    .description('Build, guard and prove secure MCP servers.')
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
    .action((module: string, options: DevOptions) => dev(module, options));
  return program;
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
