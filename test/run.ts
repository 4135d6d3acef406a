import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PATTERNS = ['src/**/*.test.ts', 'test/**/*.test.ts'];
/** Milliseconds that one test, or one file, may take on a slow machine. */
const TIMEOUT = 300_000;

/** A skip whose reason asks for a Debian package: fine on a developer's machine, a hole in continuous integration. */
const NEEDS_PACKAGE = /\bDebian package\b|\bapt-get install\b/i;

/** The test files to run: all, or those whose path holds one of the words given. */
function testFiles(words: readonly string[]): readonly string[] {
  const files = PATTERNS.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();
  return words.length === 0 ? files : files.filter((file) => words.some((word) => file.includes(word)));
}

function runTests(files: readonly string[], skips: string, cache: string): Promise<number> {
  const args = [
    '--test',
    '--test-concurrency=2',
    `--test-timeout=${TIMEOUT}`,
    '--test-reporter=./test/compact-reporter.ts',
    '--test-reporter-destination=stdout',
    '--test-reporter=./test/skip-reporter.ts',
    `--test-reporter-destination=${skips}`,
    ...files,
  ];
  return new Promise((resolve, reject) => {
    // Hundreds of processes load the same source: what the first has stripped and compiled the others need not.
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function missingPackages(skips: string): readonly string[] {
  return readFileSync(skips, 'utf8')
    .split('\n')
    .filter((line) => NEEDS_PACKAGE.test(line));
}

const files = testFiles(process.argv.slice(2));
if (files.length === 0) {
  console.error('test: no test file matches');
  process.exitCode = 1;
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'portcullis-test-'));
  try {
    const skips = join(scratch, 'skips');
    process.exitCode = await runTests(files, skips, join(scratch, 'cache'));
    const missing = process.env['CI'] === 'true' ? missingPackages(skips) : [];
    for (const line of missing) console.error(`test: skipped for want of a package, which CI must install: ${line}`);
    if (missing.length > 0) process.exitCode = 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
