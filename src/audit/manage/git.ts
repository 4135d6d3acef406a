import { spawn } from 'node:child_process';

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_MS = 60_000;

/**
 * What a repository may not decide: which programs run. Its configuration is of whoever is audited, and names programs for
 * watching files, for differences, for paging and for hooks; filters are named by it, so `filters` below are added.
 */
const SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.pager=cat',
  'core.untrackedCache=false',
  'core.alternateRefsCommand=false',
  'core.sshCommand=false',
  'core.askPass=false',
  'credential.helper=',
  'diff.external=',
  'diff.submodule=short',
  'protocol.allow=never',
  'safe.bareRepository=explicit',
  'submodule.recurse=false',
] as const;

/**
 * Runs git in a folder without a shell, without the user's and the machine's configuration, and without a program of the
 * repository's. Git itself refuses a repository of another user: nothing here tells it that one is safe.
 * @throws Error with git's first line when it fails, or when it says more or takes longer than is waited for.
 */
export function git(folder: string, args: readonly string[], more: readonly string[] = []): Promise<Buffer> {
  const settings = [...SETTINGS, ...more].flatMap((setting) => ['-c', setting]);
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['--no-pager', '--no-replace-objects', '--literal-pathspecs', ...settings, ...args], {
      cwd: folder,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: MOST_MS,
      killSignal: 'SIGKILL',
    });
    const read = { out: [] as Buffer[], size: 0, error: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      read.size += chunk.length;
      if (read.size <= MOST_BYTES) read.out.push(chunk);
      else if (child.kill('SIGKILL')) read.error = 'there is more than is read';
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (read.error.length < 4096) read.error += text;
    });
    child.on('error', () => reject(new Error('git could not be started')));
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(read.out));
      else reject(new Error(read.error.trim().split('\n')[0] ?? 'git failed'));
    });
  });
}

function environment(): NodeJS.ProcessEnv {
  // Git takes commands, paths and configuration from variables as well.
  const kept = Object.entries(process.env).filter(([name]) => !/^GIT_|PAGER$|EDITOR$|^SSH_ASKPASS$/.test(name));
  return {
    ...Object.fromEntries(kept),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // Objects that a partial clone lacks are fetched by programs that its configuration names.
    GIT_NO_LAZY_FETCH: '1',
    LC_ALL: 'C',
  };
}

/** Settings that take their programs from the filters that a repository names: a difference would run them on each file. */
export async function filtersOff(folder: string): Promise<readonly string[]> {
  const listed = await git(folder, ['config', '--includes', '--name-only', '--null', '--list']);
  const names = new Set(
    listed
      .toString('utf8')
      .split('\0')
      .flatMap((key) => /^filter\.(.+)\.[a-z]+$/is.exec(key)?.[1] ?? []),
  );
  return [...names].flatMap((name) => {
    if (/[=\n]/.test(name)) throw new Error(`the repository names a filter that cannot be switched off`);
    return [
      `filter.${name}.clean=`,
      `filter.${name}.smudge=`,
      `filter.${name}.process=`,
      `filter.${name}.required=false`,
    ];
  });
}
