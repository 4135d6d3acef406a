import { Console } from 'node:console';
import { Writable, type Readable } from 'node:stream';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** The host's own output, and the way back. */
export interface Installed {
  readonly output: Writable;
  /** Ends the process a second after the input has ended, if something that was left behind still keeps it alive. */
  endWith(input: Readable): void;
  restore(): void;
}

/** What is kept clean: standard output carries messages only. */
export interface StdioHygiene {
  /**
   * Takes `console` and `process.stdout` away from everyone but the host, and sends what they write to standard error.
   * Gives the host's own output and the way back.
   */
  install(): Installed;
}

const GRACE_MS = 1_000;
const METHODS = [
  'log',
  'info',
  'debug',
  'dir',
  'dirxml',
  'table',
  'group',
  'groupCollapsed',
  'count',
  'time',
  'timeEnd',
  'timeLog',
  'trace',
  'warn',
  'error',
  'assert',
] as const;

/**
 * Keeps diagnostics off standard output, where a line that is no message breaks the client (MCP 2026-07-28
 * basic/transports/stdio). Over HTTP there is no such channel, and nothing to do.
 */
export function configure(settings: Settings | { readonly on: boolean }): StdioHygiene {
  const on = 'on' in settings ? settings.on : isOn(settings, 'stdio-hygiene');
  return Object.freeze({ install: on ? install : leave });
}

/** The timer alone does not keep the process: one that can end by itself has ended by then. */
function exitLater(): void {
  setTimeout(() => process.exit(), GRACE_MS).unref();
}

function leave(): Installed {
  return { output: process.stdout, endWith(): void {}, restore(): void {} };
}

function install(): Installed {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, encoding, done) {
      if (typeof chunk === 'string') write(chunk, encoding, done);
      else write(chunk, done);
    },
  });
  // The far end may go away first; that ends the input too, and with it the process.
  stdout.on('error', () => output.destroy());
  stdout.write = stderr.write.bind(stderr);
  const before = METHODS.map((name) => [name, console[name]] as const);
  const diagnostics = new Console({ stdout: stderr, stderr });
  for (const name of METHODS) Reflect.set(console, name, diagnostics[name].bind(diagnostics));
  return {
    output,
    endWith(input: Readable): void {
      if (input.readableEnded || input.destroyed) exitLater();
      input.once('close', exitLater);
      input.once('end', exitLater);
    },
    restore(): void {
      Reflect.deleteProperty(stdout, 'write');
      for (const [name, method] of before) Reflect.set(console, name, method);
    },
  };
}
