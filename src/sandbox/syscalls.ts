/** Processors whose system calls are known. */
export type Machine = 'x86_64' | 'aarch64';

/** Numbers of one system call, by processor; `undefined` where it does not exist. */
export interface Call {
  readonly name: string;
  readonly x86_64: number | undefined;
  readonly aarch64: number | undefined;
}

const call = (name: string, x86_64: number | undefined, aarch64: number | undefined): Call =>
  Object.freeze({ name, x86_64, aarch64 });

/**
 * System calls that no sandboxed program makes: they reach into other processes, change what the kernel or the machine
 * is, make namespaces and mounts, or hold memory that no limit counts (Linux `unistd_64.h`, `asm-generic/unistd.h`).
 */
export const DENIED: readonly Call[] = Object.freeze([
  // other processes
  call('ptrace', 101, 117),
  call('process_vm_readv', 310, 270),
  call('process_vm_writev', 311, 271),
  call('process_madvise', 440, 440),
  call('process_mrelease', 448, 448),
  call('pidfd_getfd', 438, 438),
  call('kcmp', 312, 272),
  call('move_pages', 279, 239),
  call('migrate_pages', 256, 238),
  // keys
  call('add_key', 248, 217),
  call('request_key', 249, 218),
  call('keyctl', 250, 219),
  // the kernel's programs and probes
  call('bpf', 321, 280),
  call('perf_event_open', 298, 241),
  call('userfaultfd', 323, 282),
  call('fanotify_init', 300, 262),
  call('fanotify_mark', 301, 263),
  call('lookup_dcookie', 212, 18),
  call('syslog', 103, 116),
  // files by handle, which pass every mount
  call('name_to_handle_at', 303, 264),
  call('open_by_handle_at', 304, 265),
  // mounts and namespaces
  call('mount', 165, 40),
  call('umount2', 166, 39),
  call('pivot_root', 155, 41),
  call('chroot', 161, 51),
  call('open_tree', 428, 428),
  call('move_mount', 429, 429),
  call('fsopen', 430, 430),
  call('fsconfig', 431, 431),
  call('fsmount', 432, 432),
  call('fspick', 433, 433),
  call('mount_setattr', 442, 442),
  call('statmount', 457, 457),
  call('listmount', 458, 458),
  call('setns', 308, 268),
  call('unshare', 272, 97),
  // the machine
  call('kexec_load', 246, 104),
  call('kexec_file_load', 320, 294),
  call('create_module', 174, undefined),
  call('init_module', 175, 105),
  call('finit_module', 313, 273),
  call('delete_module', 176, 106),
  call('query_module', 178, undefined),
  call('get_kernel_syms', 177, undefined),
  call('reboot', 169, 142),
  call('swapon', 167, 224),
  call('swapoff', 168, 225),
  call('quotactl', 179, 60),
  call('quotactl_fd', 443, 443),
  call('acct', 163, 89),
  call('settimeofday', 164, 170),
  call('clock_settime', 227, 112),
  call('clock_adjtime', 305, 266),
  call('adjtimex', 159, 171),
  call('sethostname', 170, 161),
  call('setdomainname', 171, 162),
  call('vhangup', 153, 58),
  call('iopl', 172, undefined),
  call('ioperm', 173, undefined),
  // what old programs had, and attacks still use
  call('personality', 135, 92),
  call('modify_ldt', 154, undefined),
  call('_sysctl', 156, undefined),
  call('uselib', 134, undefined),
  call('ustat', 136, undefined),
  call('sysfs', 139, undefined),
  call('nfsservctl', 180, 42),
  call('remap_file_pages', 216, 234),
  call('mbind', 237, 235),
  call('set_mempolicy', 238, 237),
  call('set_mempolicy_home_node', 450, 450),
  // memory that RLIMIT_DATA does not count
  call('memfd_create', 319, 279),
  call('memfd_secret', 447, 447),
  call('shmget', 29, 194),
  call('msgget', 68, 186),
  call('semget', 64, 190),
  call('mq_open', 240, 180),
]);

/** System calls that do not exist in a sandbox: a library that tries them takes the older way. */
export const ABSENT: readonly Call[] = Object.freeze([
  // Its flags lie in memory, where a filter cannot read them.
  call('clone3', 435, 435),
  call('io_uring_setup', 425, 425),
  call('io_uring_enter', 426, 426),
  call('io_uring_register', 427, 427),
]);

/** System calls that are let through by their arguments. */
export const CLONE: Call = call('clone', 56, 220);
/** Makes a process; `clone` does it where this does not exist. */
export const FORK: Call = call('fork', 57, undefined);
/** Makes a process; `clone` does it where this does not exist. */
export const VFORK: Call = call('vfork', 58, undefined);
/** Judged by its request. */
export const IOCTL: Call = call('ioctl', 16, 29);
/** Judged by its address family. */
export const SOCKET: Call = call('socket', 41, 198);
/** Judged by its address family. */
export const SOCKETPAIR: Call = call('socketpair', 53, 199);
/** Judged by its flags. */
export const MMAP: Call = call('mmap', 9, 222);
