/** What a line that starts a server runs. */
export interface LaunchLine {
  /** `npx`, `uvx`, `docker`, `shell`, or another program. */
  readonly by: 'npm' | 'python' | 'container' | 'shell' | 'program';
  /** The package or image that it names; absent where it names none. */
  readonly reference?: string;
  /** Whether that is one exact thing. */
  readonly isExact?: boolean;
  /** Arguments of the container engine before the image. */
  readonly engine?: readonly string[];
}

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'zsh', 'dash', 'fish', 'cmd', 'powershell', 'pwsh', 'eval']);
const NPM: ReadonlySet<string> = new Set(['npx', 'bunx', 'pnpx']);
const PYTHON: ReadonlySet<string> = new Set(['uvx', 'pipx']);
const ENGINES: ReadonlySet<string> = new Set(['docker', 'podman', 'nerdctl']);
/** Options of these programs that take the next word. */
const TAKES: ReadonlySet<string> = new Set(
  (
    '-p --package --cache --prefix -w --workspace --from --with --python --index-url --spec -e --env --env-file -v --volume ' +
    '--mount --name --network --net -u --user --entrypoint --publish --platform --label -l --cap-add --cap-drop ' +
    '--security-opt --memory -m --cpus --pull --add-host --hostname -h --tmpfs --workdir --device --pid --ipc --userns ' +
    '--pids-limit'
  ).split(' '),
);
const EXACT_NPM = /^(?:@[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;
const EXACT_PYTHON = /^[\w.-]+(?:\[[\w,.-]+\])?(?:==|@)\d+(?:\.\d+)*(?:[\w.+-]*)$/;

/** Reads a command and its arguments. */
export function readLaunch(command: string, args: readonly string[]): LaunchLine {
  // Some clients take the whole line as the command.
  const words = [...(args.length === 0 ? command.trim().split(/\s+/) : [command]), ...args];
  const program = nameOf(words[0] ?? '');
  const rest = words.slice(1);
  if (SHELLS.has(program)) return unwrapped(program, rest);
  if (program === 'env') {
    const from = rest.findIndex((word) => !word.startsWith('-') && !word.includes('='));
    return from === -1 ? { by: 'program' } : readLaunch(rest[from] ?? '', rest.slice(from + 1));
  }
  if (NPM.has(program)) return fromNpm(rest);
  if (
    (program === 'npm' && /^(?:exec|x)$/.test(rest[0] ?? '')) ||
    (/^(?:pnpm|yarn)$/.test(program) && rest[0] === 'dlx')
  )
    return fromNpm(rest.slice(1));
  if (PYTHON.has(program)) return fromPython(program === 'pipx' && rest[0] === 'run' ? rest.slice(1) : rest);
  if (program === 'uv' && rest[0] === 'tool' && rest[1] === 'run') return fromPython(rest.slice(2));
  if (ENGINES.has(program)) return fromEngine(rest);
  return { by: 'program' };
}

/** `cmd /c npx ...` is how Windows starts npx: no line of a shell is made of it. */
function unwrapped(program: string, rest: readonly string[]): LaunchLine {
  const [flag, inner, ...more] = rest;
  if (program === 'cmd' && /^\/c$/i.test(flag ?? '') && inner !== undefined && more.length > 0) {
    const line = readLaunch(inner, more);
    if (!more.some((word) => /[&|<>^%]/.test(word))) return line;
  }
  return { by: 'shell' };
}

function fromNpm(words: readonly string[]): LaunchLine {
  if (words.some((word) => word === '-c' || word === '--call')) return { by: 'shell' };
  const named = optionOf(words, ['-p', '--package']) ?? firstOf(words);
  if (named === undefined) return { by: 'npm' };
  return { by: 'npm', reference: named, isExact: EXACT_NPM.test(named) || isLocal(named) };
}

function fromPython(words: readonly string[]): LaunchLine {
  const named = optionOf(words, ['--from', '--spec']) ?? firstOf(words);
  if (named === undefined) return { by: 'python' };
  const isCommit = /^git\+https:\/\/.*@[0-9a-f]{40}$/.test(named);
  return { by: 'python', reference: named, isExact: EXACT_PYTHON.test(named) || isCommit || isLocal(named) };
}

function fromEngine(words: readonly string[]): LaunchLine {
  const from = words.indexOf('run');
  if (from === -1) return { by: 'program' };
  const rest = words.slice(from + 1);
  const image = firstOf(rest);
  if (image === undefined) return { by: 'container', engine: rest };
  return { by: 'container', reference: image, isExact: isDigest(image), engine: rest.slice(0, rest.indexOf(image)) };
}

/** Whether an image is named by its digest. */
export function isDigest(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

function isLocal(reference: string): boolean {
  return /^(?:\.{0,2}\/|file:|~\/)/.test(reference);
}

function firstOf(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return words[at + 1];
    if (!word.startsWith('-')) return word;
    if (TAKES.has(word)) at += 1;
  }
  return undefined;
}

function optionOf(words: readonly string[], names: readonly string[]): string | undefined {
  for (const [at, word] of words.entries()) {
    const [name = '', value] = word.split('=', 2);
    if (names.includes(name)) return value ?? words[at + 1];
  }
  return undefined;
}

function nameOf(command: string): string {
  return command
    .slice(Math.max(command.lastIndexOf('/'), command.lastIndexOf('\\')) + 1)
    .replace(/\.(?:cmd|exe|ps1|bat)$/i, '')
    .toLowerCase();
}
