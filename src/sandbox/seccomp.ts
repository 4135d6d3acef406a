import {
  ABSENT,
  CLONE,
  DENIED,
  FORK,
  IOCTL,
  MMAP,
  SOCKET,
  SOCKETPAIR,
  VFORK,
  type Call,
  type Machine,
} from './syscalls.ts';

// linux/bpf_common.h, classic BPF
const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

// linux/seccomp.h
const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const ERRNO = 0x0005_0000;
const EPERM = 1;
const ENOSYS = 38;

// struct seccomp_data: nr, arch, instruction pointer, six arguments of 64 bits
const NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number): number => 16 + index * 8;

// linux/audit.h
const AUDIT_ARCH: Readonly<Record<Machine, number>> = { x86_64: 0xc000_003e, aarch64: 0xc000_00b7 };
const X32 = 0x4000_0000;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (linux/sched.h). */
const NEW_NAMESPACES = 0x7e02_0000;
const CLONE_THREAD = 0x0001_0000;
/** Put characters into the input of a terminal, which its shell then runs. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] = [1, 2, 10, 16] as const;
/** MAP_SHARED with MAP_ANONYMOUS: memory that no limit of a process counts. */
const SHARED_ANONYMOUS = 0x21;
/** MAP_GROWSDOWN: memory that Linux takes for a stack, which RLIMIT_DATA does not count. */
const GROWS_DOWN = 0x100;

/** What a filter lets through beside what every sandboxed program may. */
export interface FilterOptions {
  readonly machine: Machine;
  /** Whether sockets other than AF_UNIX may be made. */
  readonly network: boolean;
  /** Whether sockets of IPv4 and IPv6 may be made: for a network namespace of its own. */
  readonly loopback: boolean;
  /** Whether processes may be made; threads always may. */
  readonly processes: boolean;
}

/** One instruction: code, offset when true, offset when false, operand. */
type Instruction = readonly [code: number, yes: number, no: number, operand: number];

/**
 * Assembles the system call filter of a sandbox: `struct sock_filter[]` as bytes, for `bwrap --seccomp`. What is denied
 * gives EPERM; a system call of another architecture ends the process (seccomp(2)).
 */
export function assembleFilter({ machine, network, loopback, processes }: FilterOptions): Uint8Array {
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, AUDIT_ARCH[machine]],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER],
  ];
  // x32 shares the architecture of x86_64, and numbers its calls anew from this bit on.
  if (machine === 'x86_64') program.push([JUMP_AT_LEAST, 0, 1, X32], [RETURN, 0, 0, KILL]);
  const on = (call: Call, body: readonly Instruction[]): void => {
    const number = call[machine];
    if (number !== undefined) program.push([JUMP_EQUAL, 0, body.length, number], ...body);
  };
  for (const call of DENIED) on(call, [[RETURN, 0, 0, ERRNO | EPERM]]);
  for (const call of ABSENT) on(call, [[RETURN, 0, 0, ERRNO | ENOSYS]]);
  if (!processes) for (const call of [FORK, VFORK]) on(call, [[RETURN, 0, 0, ERRNO | EPERM]]);
  on(CLONE, judgeClone(processes));
  on(IOCTL, [
    [LOAD, 0, 0, argument(1)],
    [JUMP_EQUAL, 1, 0, TIOCSTI],
    [JUMP_EQUAL, 0, 1, TIOCLINUX],
    [RETURN, 0, 0, ERRNO | EPERM],
    [RETURN, 0, 0, ALLOW],
  ]);
  on(MMAP, [
    [LOAD, 0, 0, argument(3)],
    [JUMP_ANY_BIT, 2, 0, GROWS_DOWN],
    [AND, 0, 0, SHARED_ANONYMOUS],
    [JUMP_EQUAL, 0, 1, SHARED_ANONYMOUS],
    [RETURN, 0, 0, ERRNO | EPERM],
    [RETURN, 0, 0, ALLOW],
  ]);
  const internet = network || loopback ? [AF_INET, AF_INET6] : [];
  on(SOCKET, judgeFamily([AF_UNIX, ...internet, ...(network ? [AF_NETLINK] : [])]));
  on(SOCKETPAIR, judgeFamily([AF_UNIX]));
  program.push([RETURN, 0, 0, ALLOW]);
  return encode(program);
}

function judgeClone(processes: boolean): readonly Instruction[] {
  const threadsOnly: readonly Instruction[] = [
    [JUMP_ANY_BIT, 1, 0, CLONE_THREAD],
    [RETURN, 0, 0, ERRNO | EPERM],
  ];
  return [
    [LOAD, 0, 0, argument(0)],
    [JUMP_ANY_BIT, 0, 1, NEW_NAMESPACES],
    [RETURN, 0, 0, ERRNO | EPERM],
    ...(processes ? [] : threadsOnly),
    [RETURN, 0, 0, ALLOW],
  ];
}

function judgeFamily(families: readonly number[]): readonly Instruction[] {
  const tests = families.map((family, index): Instruction => [JUMP_EQUAL, families.length - index, 0, family]);
  return [[LOAD, 0, 0, argument(0)], ...tests, [RETURN, 0, 0, ERRNO | EPERM], [RETURN, 0, 0, ALLOW]];
}

/** Both architectures are little-endian. */
function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, yes, no, operand]] of program.entries()) {
    const at = index * 8;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(yes, at + 2);
    bytes.writeUInt8(no, at + 3);
    bytes.writeUInt32LE(operand >>> 0, at + 4);
  }
  return bytes;
}
