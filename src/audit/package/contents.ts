import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { wantedOf } from '../gather/dependencies/wanted.ts';
import { readCode, type CodeSign } from './code-signs.ts';

/** What lies in a package. */
export interface Contents {
  readonly name: string;
  readonly version: string;
  readonly licence?: string;
  readonly repository?: string;
  /** Scripts that npm runs when somebody installs it, by their names. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Whether npm would build native code for it, although no script says so. */
  readonly builds: boolean;
  /** Commands that it installs, with the file that each runs. */
  readonly bins: readonly { readonly name: string; readonly path: string; readonly isThere: boolean }[];
  readonly dependencies: readonly {
    readonly name: string;
    readonly range: string;
    readonly from: 'registry' | 'git' | 'url' | 'folder';
    readonly isOpen: boolean;
    readonly isExact: boolean;
  }[];
  /** Packages that it brings along. */
  readonly bundled: readonly string[];
  /** Compiled programs, with what they are. */
  readonly binaries: readonly { readonly file: string; readonly form: string }[];
  readonly signs: readonly CodeSign[];
  /** Files of code, and how many of them are made smaller by a program. */
  readonly code: { readonly files: number; readonly minified: number; readonly main?: string };
}

const MOST_BYTES = 32 * 1024 * 1024;
const MOST_TEXT = 400;
const CODE = /\.(?:[cm]?jsx?|[cm]?tsx?)$/;
const INSTALL = ['preinstall', 'install', 'postinstall'];
const FORMS: readonly (readonly [Buffer, string])[] = [
  [Buffer.from([0x7f, 0x45, 0x4c, 0x46]), 'a program of Linux (ELF)'],
  [Buffer.from([0x4d, 0x5a]), 'a program of Windows (PE)'],
  [Buffer.from([0xcf, 0xfa, 0xed, 0xfe]), 'a program of macOS (Mach-O)'],
  [Buffer.from([0xca, 0xfe, 0xba, 0xbe]), 'a program of macOS (Mach-O), or Java'],
];

/**
 * Looks at the files of an unpacked package. Nothing of it is executed.
 * @param files Paths within the folder.
 * @throws TypeError where it has no readable `package.json`.
 */
export async function readContents(folder: string, files: readonly string[]): Promise<Contents> {
  const manifest = await manifestOf(folder);
  const binaries: { file: string; form: string }[] = [];
  const signs: CodeSign[] = [];
  let [count, minified] = [0, 0];
  for (const file of files) {
    const head = await readHead(join(folder, file), CODE.test(file) ? MOST_BYTES : 8);
    const form = FORMS.find(([magic]) => head.subarray(0, magic.length).equals(magic))?.[1];
    if (form !== undefined && !CODE.test(file)) binaries.push({ file, form });
    if (!CODE.test(file) || /\.d\.[cm]?ts$/.test(file)) continue;
    const { isMinified, signs: own } = readCode(file, head.toString('utf8'));
    count += 1;
    if (isMinified) minified += 1;
    signs.push(...own);
  }
  return { ...namedBy(manifest, files), binaries, signs, code: { files: count, minified, ...mainOf(manifest) } };
}

async function manifestOf(folder: string): Promise<JsonObject> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(
      (await readHead(join(folder, 'package.json'), 1024 * 1024)).toString('utf8').replace(/^\ufeff/, ''),
    );
  } catch {
    throw new TypeError('it holds no package.json that can be read');
  }
  if (!isObject(manifest)) throw new TypeError('its package.json is no manifest');
  return manifest;
}

function mainOf({ main }: JsonObject): { readonly main?: string } {
  return typeof main === 'string' ? { main: main.slice(0, MOST_TEXT) } : {};
}

function namedBy(manifest: JsonObject, files: readonly string[]): Omit<Contents, 'binaries' | 'signs' | 'code'> {
  const { name, version, license, repository, scripts, bin } = manifest;
  const own = isObject(scripts) ? scripts : {};
  const short = textOf(name).replace(/^@[^/]*\//, '');
  const bins = typeof bin === 'string' ? { [short]: bin } : isObject(bin) ? bin : {};
  const bundled: unknown = manifest['bundledDependencies'] ?? manifest['bundleDependencies'];
  const there = new Set(files);
  return {
    name: textOf(name),
    version: textOf(version),
    ...named('licence', isObject(license) ? license['type'] : license),
    ...named('repository', isObject(repository) ? repository['url'] : repository),
    scripts: Object.fromEntries(
      INSTALL.flatMap((key) => (typeof own[key] === 'string' ? [[key, textOf(own[key])]] : [])),
    ),
    builds:
      there.has('binding.gyp') &&
      own['install'] === undefined &&
      own['preinstall'] === undefined &&
      manifest['gypfile'] !== false,
    bins: Object.entries(bins)
      .slice(0, 100)
      .map(([command, path]) => ({
        name: command.slice(0, MOST_TEXT),
        path: textOf(path),
        isThere:
          there.has(textOf(path).replace(/^(?:\.\/)+/, '')) ||
          there.has(`${textOf(path).replace(/^(?:\.\/)+/, '')}.js`),
      })),
    dependencies: ['dependencies', 'optionalDependencies'].flatMap((section) => {
      const wanted = manifest[section];
      return Object.entries(isObject(wanted) ? wanted : {})
        .slice(0, 2000)
        .map(([each, range]) => wantedOf(each.slice(0, MOST_TEXT), textOf(range)));
    }),
    bundled: Array.isArray(bundled) ? bundled.slice(0, 200).map((each) => textOf(each)) : [],
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MOST_TEXT) : '';
}

function named<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  return typeof value === 'string' && value !== ''
    ? ({ [key]: value.slice(0, MOST_TEXT) } as { readonly [P in K]?: string })
    : {};
}

async function readHead(path: string, most: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, most));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
