import { resolve } from 'node:path';
import { unescape, type Call } from './trace.ts';

/** Something that a process did to the world outside of it. */
export interface Act {
  readonly kind: 'read' | 'write' | 'run' | 'connect' | 'listen';
  /** Absolute path, or `address:port`. */
  readonly what: string;
  /** It was tried and did not succeed. */
  readonly failed: boolean;
  /** The program that did it, as an absolute path; `undefined` for the host. */
  readonly by: string | undefined;
}

/** What was done between two marks. */
export interface Window {
  readonly label: string;
  readonly acts: readonly Act[];
}

/** Path of a mark: looking for it, which fails, writes it into the trace. */
export function markOf(token: string, what: 'begin' | 'end', label: string): string {
  return `/portcullis-behave/${token}/${what}/${encodeURIComponent(label)}`;
}

/** Splits what was done by the marks. What lies outside of them belongs to nobody. */
export function readWindows(calls: Iterable<Call>, token: string): readonly Window[] {
  // The first process is the host, and so is every thread that becomes nothing else.
  let host: number | undefined;
  const programs = new Map<number, string>();
  const byComm = new Map<string, string>();
  const windows: { label: string; acts: Act[] }[] = [];
  let open: { label: string; acts: Act[] } | undefined;
  for (const call of calls) {
    const mark = readMark(call, token);
    if (mark !== undefined) {
      open = mark.begins ? { label: mark.label, acts: [] } : undefined;
      if (open !== undefined) windows.push(open);
      continue;
    }
    host ??= call.pid;
    const parent = programs.get(call.pid);
    if (call.made !== undefined && parent !== undefined && !programs.has(call.made)) programs.set(call.made, parent);
    const by = programs.get(call.pid) ?? byComm.get(call.comm);
    for (const act of readActs(call)) {
      open?.acts.push({ ...act, by });
      if (act.kind !== 'run' || act.failed || call.pid === host) continue;
      programs.set(call.pid, act.what);
      byComm.set(act.what.slice(act.what.lastIndexOf('/') + 1).slice(0, 15), act.what);
    }
  }
  return windows.map(({ label, acts }) => ({ label, acts: withoutSearch(acts) }));
}

/** Looking for a program in one folder after another tries what is not there, until it is found. */
function withoutSearch(acts: readonly Act[]): readonly Act[] {
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const found = new Set(acts.flatMap(({ kind, failed, what }) => (kind === 'run' && !failed ? [nameOf(what)] : [])));
  return acts.filter(({ kind, failed, what }) => kind !== 'run' || !failed || !found.has(nameOf(what)));
}

function readMark(
  { name, args }: Call,
  token: string,
): { readonly begins: boolean; readonly label: string } | undefined {
  if (!name.startsWith('access') && !name.startsWith('faccessat')) return undefined;
  const [, at, what = '', label = ''] = /"\/portcullis-behave\/([^/"]+)\/(begin|end)\/([^"]*)"/.exec(args) ?? [];
  return at === token ? { begins: what === 'begin', label: decodeURIComponent(label) } : undefined;
}

type Done = Omit<Act, 'by'>;

const CHANGES =
  /^(?:creat|truncate|unlink(?:at)?|rmdir|rename(?:at2?)?|mkdir(?:at)?|mknod(?:at)?|link(?:at)?|symlink(?:at)?|f?chmod(?:at)?|l?chown|fchownat|utimensat)$/;

function readActs(call: Call): readonly Done[] {
  const { name, args, failed, opened } = call;
  if (name === 'open' || name === 'openat' || name === 'openat2') {
    const [path = ''] = pathsIn(args);
    const writes = /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(args);
    // INVARIANT: what was opened counts, not what it was called: a link may lead elsewhere.
    return [{ kind: writes ? 'write' : 'read', what: opened ?? path, failed }];
  }
  if (name === 'execve' || name === 'execveat') return [{ kind: 'run', what: pathsIn(args)[0] ?? '', failed }];
  if (CHANGES.test(name)) {
    const paths = pathsIn(args);
    // The first word of a symbolic link is its text, and touches nothing.
    const touched = name.startsWith('symlink') ? paths.slice(1) : paths;
    return touched.map((what) => ({ kind: 'write' as const, what, failed }));
  }
  const address = addressIn(args);
  if (address === undefined) return [];
  // A connection that is under way is told as a failure.
  return [{ kind: name === 'bind' ? 'listen' : 'connect', what: address, failed: false }];
}

/** The paths of a call, each taken from the folder that stands before it. */
function pathsIn(args: string): readonly string[] {
  const found: string[] = [];
  for (const [, folder = '/', text = ''] of args.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)) {
    found.push(resolve(unescape(folder), unescape(text)));
  }
  return found;
}

function addressIn(args: string): string | undefined {
  const port = /sin6?_port=htons\((\d+)\)/.exec(args)?.[1];
  const four = /sin_addr=inet_addr\("([^"]+)"\)/.exec(args)?.[1];
  const six = /inet_pton\(AF_INET6, "([^"]+)"/.exec(args)?.[1];
  if (four !== undefined) return `${four}:${port ?? '?'}`;
  if (six !== undefined) return `[${six}]:${port ?? '?'}`;
  const socket = /sa_family=AF_UNIX, sun_path=(@?)"((?:[^"\\]|\\.)*)"/.exec(args);
  return socket === null ? undefined : `${socket[1] === '@' ? '@' : ''}${unescape(socket[2] ?? '')}`;
}
