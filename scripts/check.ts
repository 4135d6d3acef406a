import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const folders = ['src', 'test', 'examples', 'bench', 'scripts'].filter((folder) => existsSync(join(root, folder)));

interface Step {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const STEPS: readonly Step[] = [
  { name: 'types', program: join(bin, 'tsc'), args: ['--noEmit'] },
  { name: 'lint', program: join(bin, 'oxlint'), args: ['--type-aware', '--deny-warnings', ...folders] },
  { name: 'format', program: join(bin, 'biome'), args: ['format', ...folders] },
  { name: 'unused code', program: join(bin, 'knip'), args: ['--no-progress'] },
  { name: 'generated files', program: process.execPath, args: ['scripts/generate.ts', '--check'] },
  { name: 'own audit', program: process.execPath, args: ['bin/portcullis.js', 'audit', '.', '--fail-on', 'high'] },
  { name: 'house rules', program: process.execPath, args: ['--test', 'test/house.test.ts'] },
];

/** Runs one step and tells whether it succeeded; its output is shown only when it failed. */
function run(step: Step): Promise<boolean> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(step.program, step.args, {
      cwd: root,
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      resolve(finish(step, chunks, false));
    });
    child.on('close', (code) => resolve(finish(step, chunks, code === 0)));
  });
}

function finish(step: Step, chunks: readonly Buffer[], ok: boolean): boolean {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.name}`);
  if (!ok) process.stdout.write(Buffer.concat(chunks));
  return ok;
}

const failed: string[] = [];
for (const step of STEPS) {
  if (!(await run(step))) failed.push(step.name);
}
console.log(
  failed.length === 0
    ? `check: all ${STEPS.length} passed`
    : `check: ${failed.length} of ${STEPS.length} failed: ${failed.join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
