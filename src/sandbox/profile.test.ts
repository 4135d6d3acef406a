import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandboxCommand } from './arguments.ts';
import { createIdentities } from './identity.ts';
import { resolveSandbox } from './options.ts';
import { createProfile } from './profile.ts';
import { probeSandbox } from './support.ts';

const TOOLS = { bubblewrap: '/usr/bin/bwrap', prlimit: '/usr/bin/prlimit' };

test('a profile that says nothing has nothing', () => {
  const profile = createProfile();
  assert.deepEqual(
    { ...profile, limits: undefined },
    {
      reads: [],
      writes: [],
      shows: {},
      programs: [],
      network: false,
      loopback: false,
      limits: undefined,
      workingDirectory: '/tmp',
      environment: {},
      system: 'programs',
    },
  );
  const command = sandboxCommand(TOOLS, profile, '/usr/bin/x', ['-a', 'b']).join(' ');
  for (const part of [
    '--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try --unshare-net',
    '--uid 65534 --gid 65534 --cap-drop ALL',
    '--die-with-parent --clearenv',
    '--remount-ro /dev --remount-ro / --chdir /tmp --json-status-fd 4 --seccomp 3 -- /usr/bin/prlimit',
    '--core=0',
    '-- /usr/bin/x -a b',
  ])
    assert.ok(command.includes(part), part);
  assert.doesNotMatch(command, /--bind |--dev \/dev|--share-net|resolv/);
});

test('what is declared is there, and nothing is laid over the sandbox itself', () => {
  const profile = createProfile({
    reads: ['/srv/b/', '/srv/a', '/srv/a'],
    writes: ['/srv/a/x'],
    network: true,
    shows: { '/run/p': '/var/q' },
  });
  assert.deepEqual([profile.reads, profile.writes], [['/srv/a', '/srv/b'], ['/srv/a/x']]);
  const command = sandboxCommand(TOOLS, profile, '/usr/bin/x', []).join(' ');
  assert.match(
    command,
    /--ro-bind \/srv\/a \/srv\/a --ro-bind \/srv\/b \/srv\/b --ro-bind \/var\/q \/run\/p --bind \/srv\/a\/x \/srv\/a\/x/,
  );
  assert.doesNotMatch(command, /--unshare-net/);
  for (const path of [
    '/',
    '/proc',
    '/proc/1',
    '/dev/shm',
    '/sys/x',
    '/usr',
    '/etc',
    '/tmp',
    '/usr/../etc',
    'relative',
    'a\0b',
    '/a\nb',
  ])
    assert.throws(() => createProfile({ reads: [path] }), TypeError, path);
  for (const options of [
    { limits: { cpuSeconds: 0 } },
    { limits: { memoryBytes: 1.5 } },
    { limits: { cpu: 1 } as object },
    { environment: { 'A=B': 'x' } },
    { environment: { A: 'x\0y' } },
    { network: false, readable: [] } as object,
  ])
    assert.throws(() => createProfile(options), TypeError, JSON.stringify(options));
});

test('user ids are lent to one sandbox at a time', {
  skip: process.getuid?.() === 0 ? false : 'needs to be root',
}, () => {
  const identities = createIdentities('0 0 4294967295');
  const [first, second] = [identities?.lend(), identities?.lend()];
  assert.ok(first !== undefined && second !== undefined && first.uid !== second.uid);
  assert.ok(first.uid >= 0x4000_0000 && first.uid < 0x5000_0000, String(first.uid));
  const container = createIdentities('0 100000 65536');
  const lent = Array.from({ length: 1_001 }, () => container?.lend()?.uid);
  assert.deepEqual([lent[0], lent[999], lent[1_000]], [64_512, 65_511, undefined]);
  assert.equal(new Set(lent).size, 1_001);
  assert.equal(createIdentities('0 1000 1'), undefined);
  assert.equal(createIdentities(''), undefined);
});

test('what a deployment says is checked', () => {
  assert.deepEqual(resolveSandbox({ memoryBytes: 64, idle: '5s', cpuSeconds: 10 }).pool.idleMs, 5_000);
  assert.equal(resolveSandbox({ memoryBytes: 64 }).handler.heapBytes, 64);
  for (const [options, message] of [
    [{ total: 0 }, 'deployment, sandbox.total: give a whole number from 1.'],
    [{ perPrincipal: 17 }, 'deployment, sandbox.perPrincipal: give at most total.'],
    [{ memoryBytes: 1, heapBytes: 2 }, 'deployment, sandbox.heapBytes: give at most memoryBytes.'],
    [{ reads: ['x'] }, 'deployment, sandbox.reads: "x" is not an absolute path.'],
    [{ idel: '1s' } as object, 'deployment, sandbox: unknown option "idel"; did you mean "idle"?'],
  ] as const)
    assert.throws(() => resolveSandbox(options), { name: 'TypeError', message });
});

test('without bubblewrap a sandbox is said to be missing, with how to get it', async () => {
  const { missing, tools } = await probeSandbox(['/nowhere']);
  assert.equal(missing, 'bubblewrap is not installed: run "apt-get install bubblewrap".');
  assert.equal(tools, undefined);
});
