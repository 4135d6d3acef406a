import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as turn } from 'node:timers/promises';
import { createFolder } from '../../src/capabilities/exec/folder.ts';
import { createProfile, type SandboxOptions } from '../../src/sandbox/profile.ts';
import { runSandboxed, type RunOptions, type RunResult } from '../../src/sandbox/run.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';

// Programs that are wholly in an attacker's hands: nothing but the sandbox is between them and the machine.

const PERL = '/usr/bin/perl';
const support = await detectSandbox();
const missing = existsSync(PERL) ? support.missing : 'needs the Debian package perl-base';
const options = missing === undefined ? {} : { skip: `needs the Debian package bubblewrap: ${missing}` };
const MIB = 1024 * 1024;

const outside = mkdtempSync(join(tmpdir(), 'portcullis-outside-'));
chmodSync(outside, 0o755);
writeFileSync(join(outside, 'canary'), 'canary', { mode: 0o644 });
after(() => rmSync(outside, { recursive: true, force: true }));

function perl(code: string, profile: SandboxOptions = {}, run: Partial<RunOptions> = {}): Promise<RunResult> {
  return runSandboxed(support, createProfile(profile), PERL, ['-e', code], {
    timeoutMs: 30_000,
    maxOutputBytes: 100_000,
    maxErrorBytes: 10_000,
    ...run,
  });
}

async function said(code: string, profile: SandboxOptions = {}): Promise<string> {
  const { stdout, stderr } = await perl(code, profile);
  return `${stdout.toString()}${stderr.toString()}`;
}

test('the kernel says that it is confined', options, async () => {
  const status = await said('open F, "/proc/self/status"; print <F>');
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1];
  assert.equal(field('Seccomp'), '2');
  assert.equal(field('Seccomp_filters'), '1');
  assert.equal(field('NoNewPrivs'), '1');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    assert.equal(field(set), '0000000000000000', set);
  assert.equal(field('Uid'), '65534\t65534\t65534\t65534');
  assert.match(field('Groups') ?? '', /^(65534)?\s*$/);
});

test('nothing outside can be read, and nothing but its temporary folder written', options, async () => {
  const paths = [
    join(outside, 'canary'),
    '/etc/passwd',
    '/etc/shadow',
    '/etc/hostname',
    '/root',
    '/home',
    '/var/log',
    '/sys/kernel',
    '/proc/kcore',
    '/proc/keys',
    '/proc/sys/kernel/hostname',
    '/proc/sysrq-trigger',
    '/run',
    '/dev/sda',
    // Mapped as shared, it is memory that no limit counts.
    '/dev/zero',
    '/dev/kmsg',
    '/dev/mem',
    '/dev/shm',
    '/dev/pts',
    '/dev/tty',
  ];
  const code = paths
    .map(
      (path) =>
        `print "${path}\\n" if (open(F, "<", "${path}") && defined(sysread F, $x, 1)) || (opendir(D, "${path}") && scalar(grep { !/^\\.+$/ } readdir D));`,
    )
    .join('\n');
  assert.equal(await said(code), '');
  const written = [
    '/x',
    '/usr/x',
    '/usr/bin/x',
    '/etc/x',
    '/dev/x',
    '/proc/self/x',
    '/run/x',
    '/bin/sh',
    PERL,
    `${outside}/x`,
  ]
    .map((path) => `print "${path}\\n" if open(F, ">>", "${path}");`)
    .join('\n');
  assert.equal(await said(`${written} print "tmp" if open(F, ">", "/tmp/x");`), 'tmp');
});

test('its own program file cannot be written through /proc/self/exe', options, async () => {
  const code =
    'print "open\\n" if open(F, ">>", "/proc/self/exe"); print "open\\n" if open(F, "+<", "/proc/1/exe"); print readlink "/proc/self/exe"';
  assert.equal(await said(code), '/usr/bin/perl');
});

test('the environment is what the profile says, and no process of the host is there', options, async () => {
  process.env['PORTCULLIS_CANARY'] = 'canary';
  const code =
    'print join ",", map { "$_=$ENV{$_}" } sort keys %ENV; print "|"; open F, "/proc/1/environ"; print <F>; print "|"; opendir D, "/proc"; print join ",", sort { $a <=> $b } grep /^\\d+$/, readdir D';
  const [environment, parents, processes] = (await said(code, { environment: { LANG: 'C' } })).split('|');
  delete process.env['PORTCULLIS_CANARY'];
  assert.equal(environment, 'LANG=C,PWD=/tmp');
  assert.equal(parents, '');
  assert.match(processes ?? '', /^1,\d(,\d)?$/);
});

test('no descriptor of the host comes along', options, async () => {
  // Only what the loader of this test handed to Node without marking it could: `/dev/null` lies over it.
  const code =
    'opendir D, "/proc/self/fd"; for (sort { $a <=> $b } grep /\\d/, readdir D) { $l = readlink "/proc/self/fd/$_"; print "$_ $l\\n" if $_ > 2 && $l ne "/dev/null" && $l !~ m{^/proc/\\d+/fd$} }';
  assert.equal(await said(code), '');
});

test('no network: not the metadata address, not loopback, not a socket by name', options, async (t) => {
  let knocks = 0;
  const canary = createServer(() => void (knocks += 1)).listen(0, '127.0.0.1');
  const abstract = createServer(() => void (knocks += 1)).listen('\0portcullis-canary');
  t.after(() => [canary.close(), abstract.close()]);
  await Promise.all([canary, abstract].map((server) => new Promise((done) => server.once('listening', done))));
  const address = canary.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const code = `
    use Socket;
    for my $ip ("127.0.0.1", "169.254.169.254", "10.0.0.1", "1.1.1.1") {
      if (!socket(S, PF_INET, SOCK_STREAM, 0)) { print "socket $!\\n"; next }
      print connect(S, sockaddr_in($ip eq "127.0.0.1" ? ${port} : 80, inet_aton($ip))) ? "connected\\n" : "connect $!\\n";
    }
    socket(U, PF_UNIX, SOCK_STREAM, 0); print connect(U, pack_sockaddr_un("\\0portcullis-canary")) ? "connected" : "none";
  `;
  assert.equal(await said(code), `${'socket Operation not permitted\n'.repeat(4)}none`);
  // Without the filter's help: the namespace alone has no way out either.
  const names = 'open F, "/proc/net/dev"; print grep { !/^Inter|face|lo:/ } <F>';
  assert.equal(await said(names), '');
  assert.equal(knocks, 0);
});

test('what it starts dies with it', options, async () => {
  const marker = `marker-${process.pid}`;
  const { code, killed } = await perl(`if (!fork) { close STDOUT; close STDERR; sleep 600; exit } print "${marker}"`);
  assert.deepEqual({ code, killed }, { code: 0, killed: undefined });
  const stopped = await perl(`fork; fork; "${marker}"; sleep 600`, {}, { timeoutMs: 300 });
  assert.equal(stopped.killed, 'timeout');
  const aborted = AbortSignal.timeout(300);
  assert.equal((await perl(`fork; setpgrp; "${marker}"; sleep 600`, {}, { signal: aborted })).killed, 'abort');
  // The kernel ends a namespace by itself once its first process is gone: the test ends when it has.
  while (commandLines().some((line) => line.includes(marker))) await turn(10);
});

function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    });
}

test('a fork bomb stays within its count and leaves room for a neighbour', options, async () => {
  const count = await said(
    'my $n = 1; while (defined(my $p = fork)) { if (!$p) { sleep 60; exit } $n++; last if $n > 500 } print $n',
    {
      limits: { processes: 12 },
    },
  );
  assert.ok(Number(count) > 1 && Number(count) <= 12, count);
  const bomb = perl('while (1) { fork }', { limits: { processes: 12, cpuSeconds: 5 } }, { timeoutMs: 1_500 });
  const neighbour = await perl('print fork ? "" : "room"; wait', { limits: { processes: 12 } });
  assert.equal(neighbour.stdout.toString(), 'room');
  assert.equal((await bomb).code, undefined);
});

test('with one process allowed, none can be made', options, async () => {
  const code = 'print defined(fork) ? "forked" : "$!"; print "|", system("/bin/true") == 0 ? "ran" : "$!"';
  assert.equal(await said(code, { limits: { processes: 1 } }), 'Operation not permitted|Operation not permitted');
});

test('memory hogs end', options, async () => {
  const private_ = await perl('my @x; push @x, "x" x (8 << 20) while 1', { limits: { memoryBytes: 64 * MIB } });
  assert.notEqual(private_.code, 0);
  assert.equal(private_.killed, undefined);
  assert.match(private_.stderr.toString(), /Out of memory/);
  const many = await perl('for (1..11) { last if !fork } my $x = "x" x (48 << 20); sleep 60', {
    limits: { memoryBytes: 128 * MIB, processes: 12 },
  });
  assert.equal(many.killed, 'memory');
  // Shared memory, which the kernel counts for no one: anonymous maps, memfd, System V.
  const shared =
    'print syscall(9, 0, 1 << 20, 3, 0x21, -1, 0), " $!\\n"; print syscall(319, my $s = "x", 0), " $!\\n"; print syscall(29, 0, 1 << 20, 0666), " $!\\n"';
  if (process.arch === 'x64') assert.equal(await said(shared), '-1 Operation not permitted\n'.repeat(3));
});

test('disk hogs end', options, async () => {
  const limits = { fileBytes: MIB };
  const one = await perl(
    '$SIG{XFSZ} = "IGNORE"; open F, ">", "/tmp/x"; $n += syswrite(F, "x" x 65536) // last for 1..100; print -s "/tmp/x"',
    { limits },
  );
  assert.ok(Number(one.stdout.toString()) <= MIB, one.stdout.toString());
  const many = await said(
    'for (1..20) { open F, ">", "/tmp/$_"; syswrite F, "x" x 200000 } $n += -s $_ for glob "/tmp/*"; print $n',
    { limits },
  );
  assert.ok(Number(many) <= MIB, many);
  const empty = await perl('for (1..10_000_000) { open F, ">", "/tmp/$_" }', { limits: { ...limits, cpuSeconds: 60 } });
  assert.equal(empty.killed, 'disk');
});

test('a folder that it was handed can be filled no further than four files', options, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-handed-'));
  const profile = { writes: [folder], workingDirectory: folder, limits: { fileBytes: MIB, cpuSeconds: 60 } };
  const { killed } = await perl(
    'for (1..1_000_000) { open F, ">", "file-$_"; syswrite F, "x" x 1000000; select undef, undef, undef, 0.001 }',
    profile,
    { handOver: [folder] },
  );
  rmSync(folder, { recursive: true });
  assert.equal(killed, 'disk');
});

test('files in folders that are too deep for a path, or closed, are counted', options, async () => {
  const write = 'for (1..200) { open F, ">", "file-$_"; syswrite F, "x" x 100000 } select undef, undef, undef, 20';
  for (const code of [
    `for (1..30) { my $d = "a" x 250; mkdir $d; chdir $d } ${write}`,
    `for (1..3_000) { mkdir "d"; chdir "d" } ${write}`,
  ]) {
    const folder = await createFolder();
    const { killed } = await perl(
      code,
      { writes: [folder.path], workingDirectory: folder.path, limits: { fileBytes: MIB } },
      { handOver: [folder.path] },
    );
    assert.equal(killed, 'disk');
    await folder.remove();
    assert.equal(existsSync(folder.path), false);
  }
});

test('open files, processor time and output are bounded', options, async () => {
  const files = await said('my @f; for (1..1000) { open($f[$_], "<", "/dev/null") or last; $n++ } print $n', {
    limits: { openFiles: 32 },
  });
  assert.ok(Number(files) > 10 && Number(files) < 32, files);
  const spin = await perl('1 while 1', { limits: { cpuSeconds: 1 } });
  assert.equal(spin.killed, undefined);
  assert.notEqual(spin.code, 0);
  const flood = await perl('print "x" x 65536 while 1', {}, { maxOutputBytes: 1_000 });
  assert.deepEqual([flood.killed, flood.stdout.length], ['output', 1_000]);
  const quiet = await perl('print STDERR "x" x 65536 for 1..100; print "done"', {}, { maxErrorBytes: 10 });
  assert.deepEqual([quiet.stdout.toString(), quiet.stderr.length], ['done', 10]);
});

const X86_64: ReadonlyMap<string, readonly number[]> = new Map([
  ['ptrace', [101, 16, 1]],
  ['process_vm_readv', [310, 1]],
  ['process_vm_writev', [311, 1]],
  ['pidfd_getfd', [438, 0, 0, 0]],
  ['kcmp', [312, 1, 1]],
  ['add_key', [248]],
  ['request_key', [249]],
  ['keyctl', [250, 0, -3, 0]],
  ['bpf', [321, 0]],
  ['perf_event_open', [298, 0]],
  ['userfaultfd', [323, 0]],
  ['fanotify_init', [300, 0]],
  ['syslog', [103, 3]],
  ['name_to_handle_at', [303]],
  ['open_by_handle_at', [304]],
  ['mount', [165]],
  ['umount2', [166]],
  ['pivot_root', [155]],
  ['chroot', [161]],
  ['open_tree', [428]],
  ['move_mount', [429]],
  ['fsopen', [430]],
  ['fsmount', [432]],
  ['mount_setattr', [442]],
  ['setns', [308, 0, 0]],
  ['unshare', [272, 0x1000_0000]],
  ['clone in a new user namespace', [56, 0x1000_0011]],
  ['clone in a new network', [56, 0x4000_0011]],
  ['kexec_load', [246]],
  ['init_module', [175]],
  ['finit_module', [313]],
  ['delete_module', [176]],
  ['reboot', [169]],
  ['swapon', [167]],
  ['quotactl', [179]],
  ['acct', [163]],
  ['settimeofday', [164]],
  ['clock_settime', [227]],
  ['clock_adjtime', [305]],
  ['sethostname', [170]],
  ['iopl', [172, 3]],
  ['ioperm', [173]],
  ['personality', [135, 0x0004_0000]],
  ['modify_ldt', [154, 0]],
  ['uselib', [134]],
  ['mbind', [237]],
  ['migrate_pages', [256]],
  ['move_pages', [279]],
  ['memfd_secret', [447]],
  ['mq_open', [240]],
  ['TIOCSTI', [16, 0, 0x5412]],
  ['TIOCLINUX', [16, 0, 0x541c]],
  ['an INET6 socket', [41, 10, 1]],
  ['a NETLINK socket', [41, 16, 3]],
  ['a PACKET socket', [41, 17, 3]],
  ['an ALG socket', [41, 38, 5]],
  ['a VSOCK socket', [41, 40, 1]],
  ['a pair of INET sockets', [53, 2, 1]],
]);

test('each system call that reaches out is refused', {
  ...options,
  skip: options.skip ?? process.arch !== 'x64',
}, async () => {
  const calls = [...X86_64].map(([name, [number = 0, ...args]]) => {
    const six = Array.from({ length: 5 }, (_, index) => args[index] ?? 0).join(', ');
    return `$! = 0; $r = syscall(${number}, ${six}); print "${name}: $r $!\\n" if $r != -1 || $!+0 != 1;`;
  });
  assert.equal(await said(calls.join('\n')), '');
  const absent = [435, 425, 426, 427].map((number) => `$! = 0; syscall(${number}, 0, 0); print $!+0, " ";`);
  assert.equal(await said(absent.join('\n')), '38 38 38 38 ');
});

test('a system call of x32 ends the process', {
  ...options,
  skip: options.skip ?? process.arch !== 'x64',
}, async () => {
  const { code, stdout } = await perl('$| = 1; print "before"; syscall(0x40000000 + 39); print "after"');
  assert.equal(stdout.toString(), 'before');
  assert.notEqual(code, 0);
});

test('a program of the host that gains rights gains none', options, async () => {
  const found = await said('for (glob "/usr/bin/*") { print "$_ " if -u $_ && -x $_; }');
  const ran = await said('print `/usr/bin/su -c id 2>&1`; print `/usr/bin/mount 2>/dev/null` ? "" : "none"');
  assert.doesNotMatch(ran, /uid=0/, found);
});
