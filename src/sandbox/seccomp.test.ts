import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assembleFilter, type FilterOptions } from './seccomp.ts';
import { ABSENT, CLONE, DENIED, FORK, IOCTL, MMAP, SOCKET, SOCKETPAIR, VFORK } from './syscalls.ts';

const ALLOW = 0x7fff_0000;
const EPERM = 0x0005_0001;
const ENOSYS = 0x0005_0026;
const KILL = 0x8000_0000;
const [X86, ARM] = [0xc000_003e, 0xc000_00b7];

/** Runs a filter as the kernel does (seccomp(2)): what it returns for a call. */
function judge(program: Uint8Array, arch: number, nr: number, args: readonly number[] = []): number {
  const bytes = Buffer.from(program);
  const data = new Map([[0, nr], [4, arch], ...args.map((arg, index) => [16 + index * 8, arg] as const)]);
  let [accumulator, at] = [0, 0];
  for (let steps = 0; steps < 4_096; steps++) {
    const code = bytes.readUInt16LE(at * 8);
    const [yes, no] = [bytes.readUInt8(at * 8 + 2), bytes.readUInt8(at * 8 + 3)];
    const operand = bytes.readUInt32LE(at * 8 + 4);
    at += 1;
    if (code === 0x20) accumulator = data.get(operand) ?? 0;
    else if (code === 0x54) accumulator = (accumulator & operand) >>> 0;
    else if (code === 0x15) at += accumulator === operand ? yes : no;
    else if (code === 0x35) at += accumulator >= operand ? yes : no;
    else if (code === 0x45) at += (accumulator & operand) === 0 ? no : yes;
    else if (code === 0x06) return operand;
    else throw new Error(`an instruction that is not known: ${code}`);
  }
  throw new Error('it does not end');
}

const closed: Omit<FilterOptions, 'machine'> = { network: false, loopback: false, processes: true };
const x86 = assembleFilter({ ...closed, machine: 'x86_64' });
const arm = assembleFilter({ ...closed, machine: 'aarch64' });

test('another architecture, and x32, end the process', () => {
  assert.equal(judge(x86, ARM, 63), KILL);
  assert.equal(judge(arm, X86, 0), KILL);
  assert.equal(judge(x86, 0x4000_0003, 11), KILL);
  assert.equal(judge(x86, X86, 0x4000_0000), KILL);
  assert.equal(judge(x86, X86, 0xffff_ffff), KILL);
});

test('ordinary calls are let through', () => {
  for (const nr of [0, 1, 2, 3, 12, 39, 59, 202, 231, 257, 262, 302, 318, 334])
    assert.equal(judge(x86, X86, nr), ALLOW, `${nr}`);
  for (const nr of [63, 64, 56, 57, 214, 172, 221, 98, 94, 261]) assert.equal(judge(arm, ARM, nr), ALLOW, `${nr}`);
});

test('ptrace, mount, unshare, bpf and keyctl are refused on both, clone3 and io_uring are not there', () => {
  for (const nr of [101, 165, 272, 321, 250, 308, 304, 246]) assert.equal(judge(x86, X86, nr), EPERM, `${nr}`);
  for (const nr of [117, 40, 97, 280, 219, 268, 265, 104]) assert.equal(judge(arm, ARM, nr), EPERM, `${nr}`);
  for (const nr of [435, 425, 426, 427]) {
    assert.equal(judge(x86, X86, nr), ENOSYS, `${nr}`);
    assert.equal(judge(arm, ARM, nr), ENOSYS, `${nr}`);
  }
});

test('clone makes threads and processes, but no namespace; with one process, threads alone', () => {
  const thread = 0x003d_0f00;
  const alone = { machine: 'x86_64', network: false, loopback: false, processes: false } as const;
  for (const [program, arch, clone] of [
    [x86, X86, 56],
    [arm, ARM, 220],
  ] as const) {
    assert.equal(judge(program, arch, clone, [17]), ALLOW);
    assert.equal(judge(program, arch, clone, [thread]), ALLOW);
    for (const flag of [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000])
      assert.equal(judge(program, arch, clone, [17 + flag]), EPERM, flag.toString(16));
  }
  const single = assembleFilter(alone);
  assert.equal(judge(single, X86, 56, [17]), EPERM);
  assert.equal(judge(single, X86, 57), EPERM);
  assert.equal(judge(single, X86, 58), EPERM);
  assert.equal(judge(single, X86, 56, [thread]), ALLOW);
  assert.equal(judge(x86, X86, 57), ALLOW);
});

test('sockets are of the family that was declared', () => {
  const open = assembleFilter({ machine: 'x86_64', network: true, loopback: false, processes: true });
  const families = [1, 2, 10, 16, 17, 38, 40, 44];
  assert.deepEqual(
    families.filter((family) => judge(x86, X86, 41, [family]) === ALLOW),
    [1],
  );
  assert.deepEqual(
    families.filter((family) => judge(open, X86, 41, [family]) === ALLOW),
    [1, 2, 10, 16],
  );
  const inner = assembleFilter({ ...closed, machine: 'x86_64', loopback: true });
  assert.deepEqual(
    families.filter((family) => judge(inner, X86, 41, [family]) === ALLOW),
    [1, 2, 10],
  );
  assert.deepEqual(
    families.filter((family) => judge(open, X86, 53, [family]) === ALLOW),
    [1],
  );
  assert.deepEqual(
    families.filter((family) => judge(arm, ARM, 198, [family]) === ALLOW),
    [1],
  );
});

test('no characters are put into a terminal, and no memory is shared anonymously', () => {
  assert.deepEqual(
    [0x5401, 0x5413, 0x5412, 0x541c].map((request) => judge(x86, X86, 16, [1, request])),
    [ALLOW, ALLOW, EPERM, EPERM],
  );
  // MAP_SHARED of a file, MAP_PRIVATE | MAP_ANONYMOUS, MAP_STACK, the two that share nothing but memory, MAP_GROWSDOWN.
  assert.deepEqual(
    [0x01, 0x22, 0x2_0022, 0x21, 0x23, 0x122, 0x100].map((flags) => judge(x86, X86, 9, [0, 4096, 3, flags])),
    [ALLOW, ALLOW, ALLOW, EPERM, EPERM, EPERM, EPERM],
  );
});

/** Numbers of the headers that a C compiler would use. */
function numbersIn(path: string): ReadonlyMap<string, number> {
  const found = readFileSync(path, 'latin1').matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)/gm);
  return new Map([...found].map(([, name = '', number]) => [name, Number(number)]));
}

for (const [machine, path] of [
  ['x86_64', '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
  ['aarch64', '/usr/include/asm-generic/unistd.h'],
] as const) {
  const skip = existsSync(path) ? false : 'needs the Debian package linux-libc-dev';
  test(`the numbers of ${machine} are those of the kernel's headers`, { skip }, () => {
    const known = numbersIn(path);
    // Newer than the headers of some distributions.
    const young = new Set(['statmount', 'listmount']);
    for (const call of [...DENIED, ...ABSENT, CLONE, FORK, VFORK, IOCTL, MMAP, SOCKET, SOCKETPAIR]) {
      if (known.has(call.name) || !young.has(call.name)) assert.equal(call[machine], known.get(call.name), call.name);
    }
  });
}
