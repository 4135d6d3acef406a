/** One system call of a trace. */
export interface Call {
  /** Process or thread, and what the kernel calls it. */
  readonly pid: number;
  readonly comm: string;
  readonly name: string;
  /** Its arguments as strace writes them. */
  readonly args: string;
  readonly failed: boolean;
  /** Absolute path of the file that it opened, links followed. */
  readonly opened: string | undefined;
  /** The process or thread that it made. */
  readonly made: number | undefined;
}

/** The system calls that are traced: what opens, makes, changes, connects and starts. */
const TRACED: readonly string[] = Object.freeze(
  (
    'open openat openat2 creat truncate access faccessat faccessat2 ' +
    'unlink unlinkat rmdir rename renameat renameat2 mkdir mkdirat mknod mknodat ' +
    'link linkat symlink symlinkat chmod fchmodat chown lchown fchownat utimensat ' +
    'connect bind sendto sendmsg sendmmsg execve execveat clone clone3 fork vfork'
  ).split(' '),
);

/**
 * Options of `strace` under which `readTrace` reads what it writes: each line behind its process, paths behind each
 * descriptor.
 */
export function traceOptions(output: string): readonly string[] {
  return [
    '-f',
    '-qq',
    '-y',
    '--decode-pids=comm,pidns',
    '--seccomp-bpf',
    '-s',
    '4096',
    '-e',
    `trace=${TRACED.join(',')}`,
    '-o',
    output,
  ];
}

const LINE = /^(\d+)<(.*?)>\s+(.*)$/;

/** Reads a trace. A call that was interrupted by another process's stands where it ended. */
export function* readTrace(text: string): Generator<Call, void, undefined> {
  const begun = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [, number = '', comm = '', rest = ''] = LINE.exec(line) ?? [];
    if (number === '') continue;
    const pid = Number(number);
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    if (resumed === null && rest.endsWith('<unfinished ...>')) {
      begun.set(pid, rest.slice(0, -'<unfinished ...>'.length).trimEnd());
      continue;
    }
    const whole = resumed === null ? rest : `${begun.get(pid) ?? ''}${resumed[1] ?? ''}`;
    begun.delete(pid);
    const call = readCall(pid, comm, whole);
    if (call !== undefined) yield call;
  }
}

function readCall(pid: number, comm: string, text: string): Call | undefined {
  const [, name, args = '', result = ''] = /^(\w+)\((.*)\)\s+= (.*)$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const opened = /^\d+<(.*)>(?: \(deleted\))?$/.exec(result)?.[1];
  return {
    pid,
    comm,
    name,
    args,
    failed: result.startsWith('-1') || result.startsWith('?'),
    made: MAKES.has(name) ? readNumber(result) : undefined,
    opened: opened?.startsWith('/') === true ? unescape(opened) : undefined,
  };
}

const MAKES: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

/** The number of a new process: in a namespace of its own it has two, and the tracer's is the one of the lines. */
function readNumber(result: string): number | undefined {
  const found = /^(\d+)(?:<[^>]*>)?(?: \/\* (\d+) in strace's PID NS)?/.exec(result);
  return found === null ? undefined : Number(found[2] ?? found[1]);
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12, '"': 34, '\\': 92 };

/** A text as strace writes it, back as it was. */
export function unescape(text: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const octal = /^\\([0-7]{1,3})/.exec(text.slice(i, i + 4))?.[1];
    if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8));
      i += octal.length;
    } else if (text[i] === '\\') {
      const next = text[++i] ?? '';
      bytes.push(ESCAPES[next] ?? next.charCodeAt(0));
    } else bytes.push(...Buffer.from(text[i] ?? ''));
  }
  return Buffer.from(bytes).toString('utf8');
}
