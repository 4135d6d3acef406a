import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { processes } from '../../../test/support/processes.ts';
import { createCall, createRuntime } from '../../../test/support/runtime.ts';
import { detectSandbox } from '../../sandbox/support.ts';
import type { CapabilityRuntime } from '../capability.ts';
import { ExecError } from './error.ts';
import { exec, type Exec } from './exec.ts';
import type { ExecOptions } from './options.ts';
import { arg, type ExecValues, type Part } from './schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'exec-'));
// A sandbox of root runs as another user, who has to reach the program.
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));

const { missing } = await detectSandbox();
const sandboxed = { skip: missing === undefined ? false : 'needs the Debian package bubblewrap' };

/** Tells what it was started with. */
const PROBE = `#!/usr/bin/perl
use strict;
print join("\\0", 'ARGS', @ARGV), "\\n";
print join("\\0", 'ENV', map { "$_=$ENV{$_}" } sort keys %ENV), "\\n";
print join("\\0", 'STDIN', do { local $/; my $read = <STDIN>; defined $read ? $read : '' }), "\\n";
`;

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

async function open<const P extends readonly Part[]>(
  program: string,
  parts: P,
  options: ExecOptions = {},
  given: Partial<CapabilityRuntime> = {},
) {
  const handle = await exec(program, parts, options).open(createRuntime(given));
  const call = createCall();
  const granted: Exec<P> = handle.grant(call);
  return { call, run: (values: ExecValues<P>) => granted.run(values) };
}

const failsWith = (reason: string) => (error: unknown) => {
  assert.ok(error instanceof ExecError, String(error));
  assert.equal(error.reason, reason);
  return true;
};

test('the program gets its words, its input and an empty environment', async () => {
  const { run, call } = await open(
    'probe',
    [
      '-q',
      arg.flag('-v', 'verbose'),
      arg.flag('-w', 'wide'),
      arg.option('-f', 'first', arg.integer({ min: 1, max: 9 })),
      arg.option('--mode=', 'mode', arg.oneOf(['fast', 'good']), { optional: true }),
      arg.option('--last=', 'last', arg.integer({ min: -5, max: 5 }), { optional: true }),
      '--',
      arg.positional('text', arg.text({ maxLength: 40 })),
      arg.positional('code', arg.pattern('^[a-z]{2,4}$'), { optional: true }),
      arg.stdin('input', { maxBytes: 10 }),
    ],
    {},
    { programs: { probe: script('probe', PROBE) } },
  );
  const whole = await run({
    verbose: true,
    first: 3,
    mode: 'good',
    last: -2,
    text: '; id $(id) "x',
    code: 'abc',
    input: Buffer.from('in'),
  });
  const [args, environment, input] = whole.stdout.split('\n').map((line) => line.split('\0').slice(1));
  assert.deepEqual(args, ['-q', '-v', '-f', '3', '--mode=good', '--last=-2', '--', '; id $(id) "x', 'abc']);
  assert.deepEqual(
    environment?.filter((entry) => !entry.startsWith('PWD=')),
    ['LANG=C.UTF-8', 'PATH='],
  );
  assert.deepEqual(input, ['in']);
  assert.equal(whole.outcome, 'done');
  const least = await run({ first: 9, text: 'x', input: new Uint8Array() });
  assert.deepEqual(least.stdout.split('\n')[0]?.split('\0').slice(1), ['-q', '-f', '9', '--', 'x']);
  await call.end();
});

test('values that do not fit never reach the program, and the refusal names the parameter alone', async () => {
  const { run } = await open('echo', [
    arg.option('-n', 'count', arg.integer({ min: 0, max: 5 })),
    arg.positional('text', arg.text({ maxLength: 5 })),
    arg.positional('word', arg.pattern('^[a-z]+|[0-9]+$', { maxLength: 8 }), { optional: true }),
    arg.positional('doc', arg.inputFile({ maxBytes: 3 }), { optional: true }),
  ]);
  const fitting = { count: 1, text: 'a' };
  const refused: readonly (readonly [string, object])[] = [
    ['count', { count: 6 }],
    ['count', { count: -1 }],
    ['count', { count: 1.5 }],
    ['count', { count: '1' }],
    ['count', { count: Number.NaN }],
    ['count', { count: null }],
    ['text', { text: 'abcdef' }],
    ['text', { text: '' }],
    ['text', { text: '-x' }],
    ['text', { text: ['a'] }],
    ['text', { text: { toString: () => 'a' } }],
    ['text', { text: undefined }],
    ['word', { word: 'a;' }],
    ['word', { word: ';1' }],
    ['word', { word: 'abcdefghi' }],
    ['doc', { doc: new Uint8Array(4) }],
    ['doc', { doc: 'abc' }],
  ];
  for (const [parameter, change] of refused) {
    await assert.rejects(run({ ...fitting, ...change }), (error) => {
      failsWith('arguments')(error);
      assert.equal(
        error instanceof Error && error.message,
        `The arguments do not fit the program. Mend "${parameter}".`,
      );
      return true;
    });
  }
  const foreign: readonly unknown[] = [{ ...fitting, argv: ['x'] }, { ...fitting, shell: true }, [], null, 'x', 7];
  for (const values of foreign) {
    await assert.rejects(Reflect.apply(run, undefined, [values]) as Promise<unknown>, failsWith('arguments'));
  }
});

test('documents are handed over as files of the call, and what the program writes is read back', async () => {
  const copy = await open('cp', [
    '--',
    arg.positional('from', arg.inputFile({ maxBytes: 100, suffix: '.txt' })),
    arg.positional('to', arg.outputFile({ maxBytes: 100, suffix: '.txt' })),
  ]);
  const { files, stdout } = await copy.run({ from: Buffer.from('hello') });
  assert.equal(Buffer.from(files.to ?? []).toString(), 'hello');
  assert.equal(stdout, '');
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith('portcullis-exec-') && isOurs(name)),
    [],
  );
});

/** Whether a folder was left by this process: others may be running. */
function isOurs(name: string): boolean {
  try {
    return readdirSync(join(tmpdir(), name)).includes('from.txt');
  } catch {
    return false;
  }
}

test('whatever is not a plain file of its own size is no output', async () => {
  const secret = script('secret', 'SECRET');
  const attempts: Readonly<Record<string, string>> = {
    link: `symlink('${secret}', $out)`,
    dangling: `symlink('/nothing', $out)`,
    hard: `open(my $f, '>', "$out.x"); print $f 'x'; close $f; link("$out.x", $out)`,
    pipe: `require POSIX; POSIX::mkfifo($out, 0666)`,
    folder: 'mkdir($out)',
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    const path = script(`out-${name}`, `#!/usr/bin/perl\nmy $out = $ARGV[0]; ${attempt} or die "no $!";\n`);
    const { run } = await open(
      name,
      [arg.positional('out', arg.outputFile({ maxBytes: 100 }))],
      {},
      { programs: { [name]: path } },
    );
    await assert.rejects(run({}), failsWith('output-file'), name);
  }
  const big = script('out-big', '#!/usr/bin/perl\nopen(my $f, ">", $ARGV[0]); print $f "x" x 101;\n');
  const { run } = await open(
    'big',
    [arg.positional('out', arg.outputFile({ maxBytes: 100 }))],
    {},
    { programs: { big } },
  );
  await assert.rejects(run({}), failsWith('too-large'));
  const none = await open('true', [arg.positional('out', arg.outputFile({ maxBytes: 100 }))]);
  assert.deepEqual((await none.run({})).files, {});
});

test('a run ends with its time, its call, and its output', async () => {
  const parts = [arg.positional('seconds', arg.integer({ min: 1, max: 99 }))] as const;
  const slow = await open('sleep', parts, { timeout: '200ms' });
  await assert.rejects(slow.run({ seconds: 60 }), failsWith('timeout'));
  const left = await open('sleep', parts);
  const running = left.run({ seconds: 60 });
  await Promise.all([assert.rejects(running, failsWith('cancelled')), left.call.end(new Error('gone'))]);
  const ended = await open('sleep', parts);
  const outliving = ended.run({ seconds: 60 });
  await Promise.all([assert.rejects(outliving, failsWith('cancelled')), ended.call.end()]);
  await assert.rejects(ended.run({ seconds: 1 }), failsWith('cancelled'));
  const flood = await open('yes', [], { maxOutputBytes: 10_000 });
  await assert.rejects(flood.run({}), failsWith('too-large'));
});

test('exit codes are the answers that they were declared to be, and any other is a failure', async () => {
  const parts = [
    arg.positional('a', arg.inputFile({ maxBytes: 9 })),
    arg.positional('b', arg.inputFile({ maxBytes: 9 })),
  ] as const;
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const compare = await open('cmp', ['-s', ...parts], { exitCodes: { 0: 'same', 1: 'different' } }, { log });
  const bytes = (text: string) => Buffer.from(text);
  assert.equal((await compare.run({ a: bytes('x'), b: bytes('x') })).outcome, 'same');
  assert.equal((await compare.run({ a: bytes('x'), b: bytes('y') })).outcome, 'different');
  const strict = await open('cmp', parts, {}, { log });
  await assert.rejects(strict.run({ a: bytes('x'), b: bytes('y') }), (error) => {
    failsWith('exit')(error);
    assert.equal(error instanceof ExecError && error.exitCode, 1);
    return true;
  });
  assert.match(lines.join('\n'), /exec cmp: ended with code 1/);
});

test('a program that changed since the start is not run', async () => {
  const path = script('mutable', '#!/usr/bin/perl\nprint "first\\n";\n');
  const lines: string[] = [];
  const { run } = await open('mutable', [], {}, { programs: { mutable: path }, log: (line) => void lines.push(line) });
  assert.equal((await run({})).stdout, 'first\n');
  const other = script('other', '#!/usr/bin/perl\nprint "other\\n";\n');
  renameSync(other, path);
  await assert.rejects(run({}), failsWith('changed'));
  assert.match(lines.join('\n'), /has changed since the start/);
  rmSync(path);
  await assert.rejects(run({}), failsWith('changed'));
});

test('a program that someone else may change, or that is a shell in disguise, is refused at the start', async () => {
  const loose = script('loose', PROBE);
  chmodSync(loose, 0o777);
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  const inShared = join(shared, 'tool');
  writeFileSync(inShared, PROBE);
  chmodSync(inShared, 0o755);
  chmodSync(shared, 0o777);
  const plain = script('plain', PROBE);
  chmodSync(plain, 0o644);
  const disguised = join(folder, 'converter');
  symlinkSync('/bin/sh', disguised);
  const twice = join(folder, 'twice');
  symlinkSync(disguised, twice);
  const wrapper = script('wrapper', '#! /bin/bash -e\necho "$1"\n');
  const env = script('env-wrapper', '#!/usr/bin/env perl\nprint 1;\n');
  const refused: readonly (readonly [string, RegExp])[] = [
    [loose, /others may change .*loose/],
    [inShared, /others may change .*shared/],
    [plain, /may not be executed/],
    [folder, /is no regular file/],
    [disguised, /"(?:sh|dash|bash)" runs whatever/],
    [twice, /"(?:sh|dash|bash)" runs whatever/],
    [wrapper, /is a script for \/bin\/bash/],
    [env, /is a script for \/usr\/bin\/env/],
    ['relative/tool', /is no absolute path/],
    [join(folder, 'absent'), /there is no file/],
  ];
  for (const [path, why] of refused) {
    await assert.rejects(open('tool', [], {}, { programs: { tool: path } }), { name: 'TypeError', message: why });
  }
  await assert.rejects(open('constructor', []), { name: 'TypeError', message: /there is no such program/ });
});

test('a program is never looked for in PATH', async () => {
  script('only-in-path', PROBE);
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before ?? ''}`;
  try {
    await assert.rejects(open('only-in-path', []), { message: /there is no such program in \/usr\/bin, \/bin/ });
  } finally {
    process.env['PATH'] = before;
  }
});

test('declarations that cannot be meant are refused', () => {
  const text = arg.text({ maxLength: 9 });
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    [() => exec('/bin/ls', []), /give the name of a program/],
    [() => exec('', []), /give the name of a program/],
    [() => exec('x', ['']), /a fixed word is empty/],
    [() => exec('x', ['a\nb']), /control character/],
    [() => exec('x', [arg.positional('a', text), arg.flag('-v', 'a')]), /two parameters are called "a"/],
    [() => exec('x', ['--', arg.option('-f', 'a', text)]), /an option behind "--" is none/],
    [() => exec('x', [arg.stdin('a', { maxBytes: 1 }), arg.stdin('b', { maxBytes: 1 })]), /one standard input/],
    [() => exec('x', [arg.positional('a', arg.integer({ min: -1, max: 1 }))]), /below 0 would be taken for an option/],
    [
      () => exec('x', [arg.positional('a', text, { optional: true }), arg.positional('b', text)]),
      /would take its place/,
    ],
    [() => exec('x', [], { timeout: '0s' }), /no span of time/],
    [() => exec('x', [], { concurrency: 0 }), /concurrency: give a whole number/],
    [() => exec('x', [], { exitCodes: { 256: 'x' } }), /codes from 0 to 255/],
    [() => arg.pattern('[a-z]+'), /must begin with \^/],
    [() => arg.pattern('^[a-z]+\\$'), /must begin with \^/],
    [() => arg.pattern('^[a-z]+$'), /no longest match/],
    [() => arg.pattern('^(a)\\1$', { maxLength: 9 }), /./],
    [() => arg.text({ maxLength: 0 }), /whole number from 1/],
    [() => arg.oneOf([]), /at least one word/],
    [() => arg.integer({ min: 2, max: 1 }), /whole number/],
    [() => arg.option('f', 'a', text), /is no option/],
    [() => arg.option('-f -x', 'a', text), /is no option/],
    [() => arg.positional('../a', text), /up to 32 letters/],
    [() => arg.inputFile({ maxBytes: 1, suffix: '/../x' }), /suffix/],
  ];
  for (const [declare, why] of wrong) assert.throws(declare, { name: 'TypeError', message: why });
});

test('no more runs at once than declared, and a line that ends', async () => {
  const parts = [arg.positional('seconds', arg.integer({ min: 1, max: 99 }))] as const;
  const { run, call } = await open('sleep', parts, { concurrency: 1 });
  const runs = Array.from({ length: 12 }, () =>
    run({ seconds: 60 }).then(
      () => 'done',
      (error: unknown) => (error instanceof ExecError ? error.reason : 'other'),
    ),
  );
  // One runs and eight wait: the rest is told at once.
  assert.deepEqual(await Promise.all(runs.slice(9)), ['busy', 'busy', 'busy']);
  await call.end(new Error('gone'));
  assert.deepEqual(new Set(await Promise.all(runs.slice(0, 9))), new Set(['cancelled']));
});

test('a program of one process makes no other, sees no network and none of the host', sandboxed, async () => {
  const hostile = script(
    'hostile',
    `#!/usr/bin/perl
my $pid = fork(); print defined $pid ? "FORKED\\n" : "no fork\\n"; exit 0 if defined $pid && $pid == 0;
print "STARTED\\n" if defined eval { my $out = \`/bin/echo x\`; $out };
print -e '${join(folder, 'probe')}' ? "SEEN\\n" : "unseen\\n";
print -e '/etc/passwd' ? "SEEN\\n" : "unseen\\n";
use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0); print connect($s, sockaddr_in(${process.pid % 60_000}, inet_aton('127.0.0.1'))) ? "CONNECTED\\n" : "alone\\n";
`,
  );
  const { run } = await open('hostile', [], {}, { programs: { hostile } });
  const { stdout } = await run({});
  assert.deepEqual(stdout.trim().split('\n'), ['no fork', 'unseen', 'unseen', 'alone']);
});

test('what a program left behind dies with its run', sandboxed, async () => {
  const marker = `left-behind-${process.pid}`;
  const daemon = script(
    'daemon',
    `#!/usr/bin/perl\nuse POSIX; if (fork() == 0) { setsid(); $0 = '${marker}'; close STDOUT; close STDERR; sleep 600; exit }\nprint "left\\n";\n`,
  );
  const { run } = await open('daemon', [], { processes: 8 }, { programs: { daemon } });
  assert.equal((await run({})).stdout, 'left\n');
  await eventually(() => processes(marker).length === 0);
});

test('what it touches is told for flags and reports: the program, where it was looked for, and temporary files', () => {
  const places = { sources: {}, roots: { fonts: '/srv/fonts' }, hosts: {}, programs: { probe: script('told', PROBE) } };
  const own = exec('probe', [], { reads: ['fonts'] }).system?.(places);
  assert.deepEqual(own, {
    reads: [join(folder, 'told'), '/srv/fonts'],
    writes: [tmpdir()],
    programs: [join(folder, 'told')],
    hosts: [],
  });
  const system = exec('echo', []).system?.(places);
  assert.match(system?.programs[0] ?? '', /\/echo$|\/coreutils$/);
  assert.deepEqual(system?.reads.slice(0, 3), ['/usr/bin/echo', '/bin/echo', '/usr/local/bin/echo']);
  assert.throws(
    () => exec('x', [], { reads: ['absent'] }).system?.({ ...places, programs: { x: script('x', PROBE) } }),
    {
      message: /the deployment has no root "absent". Declared under "roots": fonts/,
    },
  );
});
