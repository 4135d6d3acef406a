import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { Target } from '../audit/rule.ts';
import { createStdioChannel } from '../audit/stdio-client.ts';
import type { Era } from '../protocol/versions.ts';

/** A fixture in a process of its own, reached over its standard input and output. */
export interface ChildTarget {
  readonly target: Pick<Target, 'connect' | 'line'> & Required<Pick<Target, 'process'>>;
  stop(): Promise<void>;
}

/** Starts the fixture that a module exports, weakened by the symbols. */
export function startChild(module: string, insecure: readonly symbol[], era: Era): ChildTarget {
  // The source and the build differ in the ending of their files.
  const script = join(import.meta.dirname, `child-main${extname(import.meta.filename)}`);
  const names = insecure.map(({ description = '' }) => description);
  const child = spawn(process.execPath, [script, module, ...names], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
  });
  // The process may be gone before all is written to it.
  child.stdin.on('error', () => undefined);
  const channel = createStdioChannel(child.stdin, child.stdout);
  return {
    target: {
      connect: ({ capabilities = {} } = {}) => channel.open(era, capabilities),
      line: (text) => channel.line(text),
      process: {
        output: () => output,
        endInput: (withinMs) => {
          child.stdin.end();
          return Promise.race([exited.then(() => true), later(withinMs)]);
        },
      },
    },
    async stop(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function later(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref();
  });
}
