/** Runs a text that it is given: as a command line, a script, or an expression that can start a program. */
const SHELLS =
  'sh ash bash rbash dash zsh ksh mksh pdksh yash fish csh tcsh busybox toybox sash elvish nu xonsh pwsh powershell cmd osascript';

const LANGUAGES =
  'python pypy ruby irb perl node nodejs deno bun php lua luajit tclsh wish expect r rscript julia java jshell groovy scala ' +
  'kotlin guile racket sbcl clisp erl escript elixir iex ghc runghc ocaml swift go cargo rustc gcc cc clang tcc ld as make ' +
  'gmake bmake cmake ninja scons rake ant mvn gradle awk gawk mawk nawk sed m4 dc gnuplot octave maxima jjs gdb lldb tex ' +
  'latex pdftex pdflatex luatex lualatex xetex xelatex';

/** Starts the program that it is told to. */
const STARTERS =
  'env xargs parallel find sudo su doas runuser pkexec setpriv capsh chroot unshare nsenter setarch linux32 linux64 bwrap ' +
  'firejail docker podman kubectl crictl ctr runc systemd-run systemctl machinectl at batch crontab nohup nice ionice timeout ' +
  'stdbuf setsid flock script screen tmux watch time taskset chrt choom prlimit start-stop-daemon run-parts dbus-launch ' +
  'strace ltrace perf valgrind ld.so ld-linux ld-musl ssh scp sftp sshpass rsync rsh telnet ftp lftp nc ncat netcat socat ' +
  'npm npx yarn pnpm pip pipx uv uvx gem bundle apt apt-get dpkg rpm yum dnf snap flatpak git hg svn cvs bzr fossil ' +
  'vi vim view ex ed red emacs nano pico joe less more most man pg mysql psql sqlite sqlite3 mutt mail ansible terraform';

const NAMES: ReadonlySet<string> = new Set([SHELLS, LANGUAGES, STARTERS].flatMap((names) => names.split(' ')));

const SHELL_NAMES: ReadonlySet<string> = new Set([...SHELLS.split(' '), 'env']);

/** Fixed words by which an otherwise harmless program starts another. */
const STARTING_WORDS: ReadonlyMap<string, RegExp> = new Map([
  [
    'tar',
    /^(?:-I|-F|--checkpoint-action|--to-command|--use-compress-program|--rsh-command|--info-script|--new-volume-script)/,
  ],
  ['bsdtar', /^--use-compress-program/],
  ['cpio', /^--rsh-command/],
  ['zip', /^(?:-TT|--unzip-command)/],
  ['sort', /^--compress-program/],
  ['split', /^--filter/],
  ['curl', /^(?:-K|--config)/],
  ['wget', /^--use-askpass/],
  ['ffmpeg', /^(?:-sdp_file|-f=?tee)/],
  ['gs', /^-d(?:NOSAFER|DELAYSAFER)/],
  ['openssl', /^-engine/],
  ['convert', /^(?:msl|ephemeral|mvg|show|x):/i],
  ['magick', /^(?:msl|ephemeral|mvg|show|x):/i],
]);

/** `Python3.11`, `perl5.36-x86_64-linux-gnu` and `gcc-12` are `python`, `perl` and `gcc`. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.exe$/, '')
    .replace(/[-_]?\d.*$/, '');
}

function known(name: string, names: ReadonlySet<string>): boolean {
  const low = name.toLowerCase();
  return names.has(low) || names.has(plain(name)) || /^ld[-.]\S*\.so/.test(low);
}

/** Whether a program of that name runs what it is given, or starts other programs. */
export function isInterpreter(name: string): boolean {
  return known(name, NAMES);
}

/** Whether a program of that name reads its arguments as a command line. */
export function isShell(name: string): boolean {
  return known(name, SHELL_NAMES);
}

/** The first fixed word by which a program of that name would start another. */
export function findStartingWord(name: string, words: readonly string[]): string | undefined {
  const pattern = STARTING_WORDS.get(plain(name));
  return pattern === undefined ? undefined : words.find((word) => pattern.test(word));
}
