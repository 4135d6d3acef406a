import { readBunLock, readPnpmLock, readYarnLock } from './dependencies/other-npm-locks.ts';
import { readNpmLock } from './dependencies/npm-lock.ts';
import { readPackageJson, readPyproject, type Manifest } from './dependencies/manifests.ts';
import { readPipfileLock, readRequirements, readTomlLock } from './dependencies/python-locks.ts';
import type { Lockfile } from './dependencies/locked.ts';
import { credentialForm, readCredentialFile, type CredentialFile } from './credential-files.ts';
import { isSystemdFile, readSystemd, type SystemdFile } from './systemd.ts';

/** What files that are told by their names come to. */
export interface Named {
  readonly locks: Lockfile[];
  readonly manifests: Manifest[];
  readonly systemd: SystemdFile[];
  readonly credentials: CredentialFile[];
}

/** A format that is told by the name of a file. */
interface Format {
  readonly mostBytes: number;
  isNamed(path: string): boolean;
  read(file: string, text: string, found: Named): void;
}

const MOST_BYTES = 4 * 1024 * 1024;
/** A lockfile of thousands of packages. */
const MOST_OF_LOCK = 24 * 1024 * 1024;

const lock = (name: RegExp, read: (file: string, text: string) => Lockfile): Format => ({
  mostBytes: MOST_OF_LOCK,
  isNamed: (path) => name.test(path),
  read: (file, text, { locks }) => void locks.push(read(file, text)),
});
const manifest = (name: RegExp, read: (file: string, text: string) => Manifest): Format => ({
  mostBytes: MOST_BYTES,
  isNamed: (path) => name.test(path),
  read: (file, text, { manifests }) => void manifests.push(read(file, text)),
});

const FORMATS: readonly Format[] = [
  lock(/(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/, readNpmLock),
  lock(/(?:^|\/)yarn\.lock$/, readYarnLock),
  lock(/(?:^|\/)pnpm-lock\.yaml$/, readPnpmLock),
  lock(/(?:^|\/)bun\.lock$/, readBunLock),
  lock(/(?:^|\/)bun\.lockb$/, () => {
    throw new TypeError('it is binary. Write it as text: bun install --save-text-lockfile');
  }),
  lock(/(?:^|\/)(?:poetry|uv|pdm)\.lock$/, readTomlLock),
  lock(/(?:^|\/)Pipfile\.lock$/, readPipfileLock),
  lock(/(?:^|\/)requirements(?:[-_.][\w.-]+)?\.txt$|(?:^|\/)requirements\/[\w.-]+\.txt$/, readRequirements),
  manifest(/(?:^|\/)package\.json$/, readPackageJson),
  manifest(/(?:^|\/)pyproject\.toml$/, readPyproject),
  {
    mostBytes: MOST_BYTES,
    isNamed: isSystemdFile,
    read: (file, text, { systemd }) => void systemd.push(readSystemd(file, text)),
  },
  {
    mostBytes: MOST_BYTES,
    isNamed: (path) => credentialForm(path) !== undefined,
    read: (file, text, { credentials }) => {
      const form = credentialForm(file);
      if (form !== undefined) credentials.push(readCredentialFile(file, form, text));
    },
  },
];

/** The format of a file by its name; `undefined` where its name says nothing. */
export function formatOf(path: string): Format | undefined {
  return FORMATS.find((format) => format.isNamed(path));
}
