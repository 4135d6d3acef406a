import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markOf, readWindows } from './acts.ts';
import { compare, type Allowance } from './compare.ts';
import { readTrace, unescape } from './trace.ts';

const TOKEN = 't0ken';
const BEGIN = `100<MainThread> access("${markOf(TOKEN, 'begin', 'sample 1')}", F_OK) = -1 ENOENT (No such file or directory)`;
const END = `100<MainThread> access("${markOf(TOKEN, 'end', 'sample 1')}", F_OK) = -1 ENOENT (No such file or directory)`;
const HOST = '100<strace> execve("/usr/bin/node", ["node"], 0x7ffd /* 9 vars */) = 0';

const actsOf = (...lines: readonly string[]) =>
  readWindows(readTrace([HOST, BEGIN, ...lines, END].join('\n')), TOKEN).flatMap(({ acts }) => acts);

const NOTHING: Allowance = {
  reads: [],
  writes: [],
  programs: [],
  addresses: [],
  network: false,
  own: [],
  scratch: [],
  sandbox: [],
  readOnly: false,
};

test('each call is told by what it touched in truth: links followed, folders before relative paths', () => {
  assert.deepEqual(
    actsOf(
      '101<libuv-worker> openat(AT_FDCWD</srv>, "notes/../a.txt", O_RDONLY|O_CLOEXEC) = 21</srv/real.txt>',
      '100<MainThread> openat(AT_FDCWD</srv>, "gone", O_RDONLY) = -1 ENOENT (No such file or directory)',
      '100<MainThread> openat(25</srv/docs>, "b\\303\\251\\"\\n", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 22</srv/docs/b\\303\\251\\"\\n>',
      '100<MainThread> renameat2(AT_FDCWD</srv>, "x", 25</srv/docs>, "y", RENAME_NOREPLACE) = 0',
      '100<MainThread> symlink("../../etc/passwd", "/srv/link") = 0',
      '100<MainThread> unlink("/srv/z")           = 0',
    ),
    [
      { kind: 'read', what: '/srv/real.txt', failed: false, by: undefined },
      { kind: 'read', what: '/srv/gone', failed: true, by: undefined },
      { kind: 'write', what: '/srv/docs/b\u00e9"\n', failed: false, by: undefined },
      { kind: 'write', what: '/srv/x', failed: false, by: undefined },
      { kind: 'write', what: '/srv/docs/y', failed: false, by: undefined },
      { kind: 'write', what: '/srv/link', failed: false, by: undefined },
      { kind: 'write', what: '/srv/z', failed: false, by: undefined },
    ],
  );
});

test('addresses of every family are told, on the way or arrived', () => {
  const inet = '{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.7")}';
  const inet6 =
    '{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}';
  assert.deepEqual(
    actsOf(
      `100<MainThread> connect(21<TCP:[5]>, ${inet}, 16) = -1 EINPROGRESS (Operation now in progress)`,
      `100<MainThread> connect(21<TCPv6:[5]>, ${inet6}, 28) = 0`,
      `100<MainThread> sendto(21<UDP:[5]>, "x", 1, MSG_NOSIGNAL, ${inet}, 16) = 1`,
      '100<MainThread> connect(21<UNIX:[5]>, {sa_family=AF_UNIX, sun_path="/run/agent.sock"}, 110) = 0',
      '100<MainThread> sendto(21<TCP:[5]>, "x", 1, MSG_NOSIGNAL, NULL, 0) = 1',
    ).map(({ kind, what }) => `${kind} ${what}`),
    ['connect 203.0.113.7:443', 'connect [2001:db8::1]:80', 'connect 203.0.113.7:443', 'connect /run/agent.sock'],
  );
});

test('a program is followed by its process, a search for it is none, and an interrupted call is put together', () => {
  assert.deepEqual(
    actsOf(
      '102<MainThread> execve("/usr/local/bin/cat", ["cat"], 0x1 /* 1 vars */) = -1 ENOENT (No such file or directory)',
      '102<MainThread> execve("/bin/cat", ["cat"], 0x1 /* 1 vars */ <unfinished ...>',
      '100<MainThread> openat(AT_FDCWD</srv>, "/a", O_RDONLY) = 21</a>',
      '102<cat> <... execve resumed>)             = 0',
      '102<cat> openat(AT_FDCWD</srv>, "/etc/shadow", O_RDONLY) = 3</etc/shadow>',
      '102<cat> +++ exited with 0 +++',
    ),
    [
      { kind: 'read', what: '/a', failed: false, by: undefined },
      { kind: 'run', what: '/bin/cat', failed: false, by: undefined },
      { kind: 'read', what: '/etc/shadow', failed: false, by: '/bin/cat' },
    ],
  );
});

test('what a program makes is the program still, whatever number it has in a namespace of its own', () => {
  const acts = actsOf(
    '102<MainThread> execve("/usr/bin/node", ["node"], 0x1 /* 0 vars */) = 0',
    "102<MainThread> clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88) = 7<node> /* 103 in strace's PID NS */",
    '103<libuv-worker> openat(AT_FDCWD</>, "/usr/lib/x", O_RDONLY) = 3</usr/lib/x>',
    '102<MainThread> vfork( <unfinished ...>',
    '102<MainThread> <... vfork resumed>)              = 104',
    '104<MainThread> openat(AT_FDCWD</>, "/usr/lib/y", O_RDONLY) = 3</usr/lib/y>',
  );
  assert.deepEqual(
    acts.map(({ what, by }) => `${what} by ${by}`),
    ['/usr/bin/node by undefined', '/usr/lib/x by /usr/bin/node', '/usr/lib/y by /usr/bin/node'],
  );
});

test('what lies outside of the marks, or between marks of another token, belongs to nobody', () => {
  const other = BEGIN.replace(TOKEN, 'forged');
  const text = [
    HOST,
    '100<MainThread> openat(AT_FDCWD</>, "/before", O_RDONLY) = 3</before>',
    other,
    '100<MainThread> openat(AT_FDCWD</>, "/between", O_RDONLY) = 3</between>',
    BEGIN,
    '100<MainThread> openat(AT_FDCWD</>, "/within", O_RDONLY) = 3</within>',
    END.replace(TOKEN, 'forged'),
    '100<MainThread> openat(AT_FDCWD</>, "/still", O_RDONLY) = 3</still>',
    END,
    '100<MainThread> openat(AT_FDCWD</>, "/after", O_RDONLY) = 3</after>',
  ].join('\n');
  const [window, ...more] = readWindows(readTrace(text), TOKEN);
  assert.deepEqual(more, []);
  assert.equal(window?.label, 'sample 1');
  assert.deepEqual(
    window?.acts.map(({ what }) => what),
    ['/within', '/still'],
  );
});

test('a text is read back as it was, byte by byte', () => {
  assert.equal(unescape('a\\tb\\\\c\\"d\\303\\251\\0001'), 'a\tb\\c"d\u00e9\u00001');
});

test('what was declared is no finding; all else is, once, with how often', () => {
  const acts = actsOf(
    '100<MainThread> openat(AT_FDCWD</>, "/srv/docs/a", O_RDONLY) = 3</srv/docs/a>',
    '100<MainThread> openat(AT_FDCWD</>, "/srv/docs-private/a", O_RDONLY) = 3</srv/docs-private/a>',
    '100<MainThread> openat(AT_FDCWD</>, "/srv/docs/b", O_WRONLY) = 3</srv/docs/b>',
    '100<MainThread> openat(AT_FDCWD</>, "/srv/docs/b", O_WRONLY) = 3</srv/docs/b>',
    '100<MainThread> openat(AT_FDCWD</>, "/proc/self/environ", O_RDONLY) = 3</proc/100/environ>',
    '100<MainThread> openat(AT_FDCWD</>, "/proc/self/cgroup", O_RDONLY) = 3</proc/100/cgroup>',
    '100<MainThread> openat(AT_FDCWD</>, "/etc/resolv.conf", O_RDONLY) = 3</etc/resolv.conf>',
    '100<MainThread> openat(AT_FDCWD</>, "/usr/share/x", O_RDONLY) = 3</usr/share/x>',
  );
  assert.deepEqual(compare(acts, { ...NOTHING, reads: ['/srv/docs'] }), [
    { kind: 'read', what: '/srv/docs-private/a', failed: false, times: 1 },
    { kind: 'write', what: '/srv/docs/b', failed: false, times: 2 },
    { kind: 'read', what: '/proc/100/environ', failed: false, times: 1 },
    { kind: 'read', what: '/etc/resolv.conf', failed: false, times: 1 },
    { kind: 'read', what: '/usr/share/x', failed: false, times: 1 },
  ]);
});

test('a tool that reads does not change what it may write', () => {
  const acts = actsOf(
    '100<MainThread> openat(AT_FDCWD</>, "/srv/docs/b", O_WRONLY) = 3</srv/docs/b>',
    '100<MainThread> openat(AT_FDCWD</>, "/tmp/run/x", O_WRONLY) = 3</tmp/run/x>',
  );
  const allowance = { ...NOTHING, writes: ['/srv/docs'], scratch: ['/tmp/run'] };
  assert.deepEqual(compare(acts, allowance), []);
  assert.deepEqual(compare(acts, { ...allowance, readOnly: true }), [
    { kind: 'effect', what: '/srv/docs/b', failed: false, times: 1 },
  ]);
});

test('a host is reached at its addresses, and looked up only where one is declared', () => {
  const to = (address: string, port: number) =>
    `100<MainThread> connect(21<TCP:[5]>, {sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${address}")}, 16) = 0`;
  const acts = actsOf(to('203.0.113.7', 443), to('203.0.113.7', 22), to('169.254.169.254', 80), to('10.0.0.2', 53));
  const declared = { ...NOTHING, network: true, addresses: ['203.0.113.7:443'] };
  assert.deepEqual(
    compare(acts, declared).map(({ what }) => what),
    ['203.0.113.7:22', '169.254.169.254:80'],
  );
  assert.equal(compare(acts, NOTHING).length, 4);
});

test('a declared program reads its libraries, and the rest of the system no more than the handler', () => {
  const acts = actsOf(
    '102<MainThread> execve("/usr/bin/bwrap", ["bwrap"], 0x1 /* 0 vars */) = 0',
    '102<bwrap> openat(AT_FDCWD</>, "/newroot/etc", O_RDONLY) = 3</etc>',
    '102<bwrap> execve("/usr/bin/pdftotext", ["pdftotext"], 0x1 /* 0 vars */) = 0',
    '102<pdftotext> openat(AT_FDCWD</>, "/lib/libc.so.6", O_RDONLY) = 3</usr/lib/libc.so.6>',
    '102<pdftotext> openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY) = 3</etc/passwd>',
    '102<pdftotext> openat(AT_FDCWD</>, "/proc/self/root/etc/x", O_RDONLY) = -1 ENOENT (No such file or directory)',
  );
  const allowance = { ...NOTHING, programs: ['/usr/bin/pdftotext'], sandbox: ['/usr/bin/bwrap'] };
  assert.deepEqual(compare(acts, allowance), [
    { kind: 'read', what: '/etc/passwd', failed: false, by: '/usr/bin/pdftotext', times: 1 },
    { kind: 'read', what: '/proc/self/root/etc/x', failed: true, by: '/usr/bin/pdftotext', times: 1 },
  ]);
});
