import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/portcullis.js', import.meta.url));

/** A run of the command line. */
export interface Command {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the first match of a pattern in the output; rejects when the process ends without one. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  send(text: string): void;
  /** Ends the input. */
  endInput(): void;
  signal(signal: NodeJS.Signals): void;
}

/** Runs `portcullis` with the Node of this process in a folder, and kills it when the test ends before it does. */
export function portcullis(
  t: TestContext,
  cwd: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Command {
  return runScript(t, cwd, [BIN, ...args], environment);
}

/** Runs a script with its arguments in the same way. */
export function runScript(
  t: TestContext,
  cwd: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Command {
  const { PORT: _port, ...inherited } = process.env;
  const child = spawn(process.execPath, args, { cwd, env: { ...inherited, NO_COLOR: '1', ...environment } });
  const read = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      read[name] += text;
      child.emit('output');
    });
  }
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    stdout: () => read.stdout,
    stderr: () => read.stderr,
    async until(pattern) {
      let over = child.exitCode !== null && child.stdout.destroyed;
      child.once('close', () => {
        over = true;
        child.emit('output');
      });
      for (;;) {
        const found = pattern.exec(`${read.stdout}\n${read.stderr}`);
        if (found !== null) return found;
        if (over) throw new Error(`ended without ${String(pattern)}:\n${read.stdout}\n${read.stderr}`);
        await once(child, 'output');
      }
    },
    ended,
    send: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    signal: (signal) => void child.kill(signal),
  };
}
