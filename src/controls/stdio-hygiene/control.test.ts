import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';

const CONTROL = JSON.stringify(new URL('./control.ts', import.meta.url).href);

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs a program that has `configure`; its input is ended at once. */
function run(program: string): Promise<Run> {
  const code = `import { configure } from ${CONTROL};\n${program}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ stdout, stderr, code: status }));
  });
}

test('only the host reaches standard output; what others print goes to standard error', async () => {
  const { stdout, stderr, code } = await run(`
    const early = console.log;
    const { output } = configure({ on: true }).install();
    early('printed early');
    console.log('printed %s', 'by log');
    console.info('printed by info');
    console.debug('printed by debug');
    console.table([{ printed: 'by table' }]);
    console.dir({ printed: 'by dir' });
    console.group('printed by group');
    process.stdout.write('printed by write\\n');
    process.stdout.write(Buffer.from('printed by bytes\\n'));
    const { log } = await import('node:console');
    log('printed by module');
    output.write('{"jsonrpc":"2.0"}\\n');
    output.write(Buffer.from('{"id":1}\\n'));
  `);
  assert.equal(stdout, '{"jsonrpc":"2.0"}\n{"id":1}\n');
  assert.equal(code, 0);
  for (const how of ['early', 'by log', 'by info', 'by debug', 'by group', 'by write', 'by bytes', 'by module'])
    assert.ok(stderr.includes(`printed ${how}`), how);
  assert.match(stderr, /by table/);
  assert.match(stderr, /printed: 'by dir'/);
});

test('afterwards everything is as it was', async () => {
  const { stdout } = await run(`
    const { restore } = configure({ on: true }).install();
    restore();
    console.log('to output');
    process.stdout.write('to output too\\n');
  `);
  assert.equal(stdout, 'to output\nto output too\n');
});

test('a process that something keeps alive ends after its input, and one that is done ends at once', async () => {
  const kept = await run(`
    configure({ on: true }).install().endWith(process.stdin);
    process.stdin.resume();
    process.exitCode = 3;
    setInterval(() => undefined, 60_000);
  `);
  assert.equal(kept.code, 3);
  const done = await run(`
    configure({ on: true }).install().endWith(process.stdin);
    process.stdin.resume();
    process.on('exit', () => process.stderr.write('ended'));
  `);
  assert.deepEqual(done, { stdout: '', stderr: 'ended', code: 0 });
});

test('switched off, it leaves everything alone', async () => {
  const { stdout, stderr, code } = await run(`
    const { output, endWith, restore } = configure({ on: false }).install();
    console.log('stray');
    output.write('message\\n');
    endWith(process.stdin);
    restore();
  `);
  assert.deepEqual({ stdout, stderr, code }, { stdout: 'stray\nmessage\n', stderr: '', code: 0 });
});
