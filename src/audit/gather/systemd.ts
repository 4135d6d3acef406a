import { argumentsOf, heldOf } from './clients.ts';
import type { At, Held } from './parts.ts';

/** One service of systemd, with what its drop-ins change. */
export interface SystemdUnit {
  readonly file: string;
  /** Where `[Service]` begins. */
  readonly line: number;
  readonly column: number;
  readonly name: string;
  /** Of a user's own manager: it never runs as anybody else. */
  readonly isOfUser: boolean;
  /** The last value of each setting that bounds it; no credential is among them. */
  readonly settings: Readonly<Record<string, At<string>>>;
  /** `Environment=`, of which only is kept what kind of secret each is. */
  readonly env: readonly Held[];
  /** Secrets among the arguments of its commands, by their kind. */
  readonly secretArgs: readonly Held[];
}

/** What bounds a service: `systemd.exec(5)`, `systemd.resource-control(5)`. */
const BOUNDS: ReadonlySet<string> = new Set(
  (
    'Type User DynamicUser NoNewPrivileges ProtectSystem ProtectHome PrivateTmp PrivateDevices PrivateNetwork PrivateUsers ' +
    'CapabilityBoundingSet AmbientCapabilities RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID ' +
    'ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock ProtectHostname MemoryDenyWriteExecute ' +
    'LockPersonality SystemCallFilter SystemCallArchitectures IPAddressDeny SocketBindDeny MemoryMax MemoryLimit TasksMax ' +
    'RootDirectory RootImage'
  ).split(' '),
);
const SERVICE = /\.service$/;
const DROP_IN = /(?:^|\/)([^/]+\.service)\.d\/[^/]+\.conf$/;

/** Whether a file is a service of systemd, or changes one, by its name. */
export function isSystemdFile(path: string): boolean {
  return SERVICE.test(path) || DROP_IN.test(path);
}

interface Assignment extends At<string> {
  readonly section: string;
  readonly key: string;
}

/** A service, or a part of one, as its file has it. */
export interface SystemdFile {
  readonly file: string;
  /** The name of the service that it is, or changes. */
  readonly of: string;
  readonly isDropIn: boolean;
  readonly lines: readonly Assignment[];
}

/**
 * Reads a unit file: lines that go on are one, and comments are none.
 * @throws TypeError on a line that is no setting.
 */
export function readSystemd(file: string, text: string): SystemdFile {
  const lines = text.split(/\r?\n/);
  const found: Assignment[] = [];
  let section = '';
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1;
    if (/^\s*(?:[#;].*)?$/.test(lines[at] ?? '')) continue;
    const parts = [lines[at] ?? ''];
    while (parts.at(-1)?.endsWith('\\') === true && at + 1 < lines.length) {
      at += 1;
      const next = lines[at] ?? '';
      if (!/^\s*[#;]/.test(next)) parts.push(next.trim());
    }
    const whole = parts.map((part) => part.replace(/\\$/, '')).join(' ');
    const head = /^\s*\[([^\]]+)\]\s*$/.exec(whole);
    if (head !== null) {
      section = head[1] ?? '';
      continue;
    }
    const cut = whole.indexOf('=');
    if (cut <= 0) throw new TypeError(`line ${line}: it is no section and no setting`);
    found.push({ section, key: whole.slice(0, cut).trim(), value: whole.slice(cut + 1).trim(), line, column: 1 });
  }
  const dropIn = DROP_IN.exec(file);
  const of = dropIn?.[1] ?? file.slice(file.lastIndexOf('/') + 1);
  return { file, of, isDropIn: dropIn !== null, lines: found };
}

/** Joins services with their drop-ins, in the order of their names as systemd does. */
export function joinUnits(files: readonly SystemdFile[]): readonly SystemdUnit[] {
  return files
    .filter(({ isDropIn, lines }) => !isDropIn && lines.some(({ key }) => key === 'ExecStart'))
    .map((unit) => {
      const drops = files.filter(({ isDropIn, of }) => isDropIn && of === unit.of);
      const all = [unit, ...drops.toSorted((a, b) => a.file.localeCompare(b.file))].flatMap(({ lines }) => lines);
      return unitOf(unit, all);
    });
}

function unitOf({ file, of, lines }: SystemdFile, all: readonly Assignment[]): SystemdUnit {
  const own = all.filter(({ section }) => section === 'Service');
  const settings: Record<string, At<string>> = {};
  for (const { key, value, line, column } of own) if (BOUNDS.has(key)) settings[key] = { value, line, column };
  // An empty assignment takes back what was listed before.
  const listed = (key: string): readonly Assignment[] => {
    const every = own.filter((each) => each.key === key);
    return every.slice(every.findLastIndex(({ value }) => value === '') + 1);
  };
  const wanted = all.filter(({ section, key }) => section === 'Install' && key === 'WantedBy');
  const { line, column } = lines.find(({ section }) => section === 'Service') ?? { line: 1, column: 1 };
  return {
    file,
    line,
    column,
    name: of,
    isOfUser: /(?:^|\/)user\//.test(file) || wanted.some(({ value }) => value === 'default.target'),
    settings,
    env: listed('Environment').flatMap((each) =>
      wordsOf(each.value).flatMap((word) => {
        const cut = word.indexOf('=');
        return cut <= 0 ? [] : [heldOf(word.slice(0, cut), { ...each, value: word.slice(cut + 1) })];
      }),
    ),
    secretArgs: own
      .filter(({ key }) => key.startsWith('Exec'))
      .flatMap(({ value, ...at }) => argumentsOf(wordsOf(value).map((word) => ({ value: word, ...at }))))
      .flatMap(({ value, secret, ...at }) =>
        secret === undefined ? [] : [{ name: value.replace(/=.*$/, ''), secret, line: at.line, column: at.column }],
      ),
  };
}

/** Words as systemd splits them: quotes hold blanks. */
function wordsOf(value: string): readonly string[] {
  return [...value.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+))+/g)].map(([whole]) =>
    whole.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) =>
      (double ?? single ?? '').replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

/** Whether a setting is on, as systemd reads it. */
export function isOn(setting: At<string> | undefined): boolean {
  return setting !== undefined && /^(?:1|yes|true|on|y|t)$/i.test(setting.value);
}
