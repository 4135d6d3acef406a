import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Most files, bytes of one and of all, and folders within each other, that are read. */
export const MOST: { readonly files: number; readonly bytes: number; readonly all: number; readonly depth: number } = {
  files: 5000,
  bytes: 8 * 1024 * 1024,
  all: 60 * 1024 * 1024,
  depth: 32,
};

/** Not what a project runs. */
const PASSED_BY: ReadonlySet<string> = new Set(
  (
    'node_modules .git coverage .venv venv __pycache__ site-packages .next .nuxt .turbo .cache bower_components test tests ' +
    '__tests__ __mocks__ spec e2e fixtures __fixtures__ .yarn .pnpm-store .github .vscode'
  ).split(' '),
);
const TEST =
  /(?:\.|-|_)(?:test|tests|spec|e2e|bench|stories)\.[cm]?[jt]sx?$|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.py$/;
const SETTINGS = /(?:^|\/)(?:[\w.-]+\.config|[\w.]*rc|gulpfile|Gruntfile|setup)\.(?:[cm]?[jt]s|py)$/;
/** What is made from sources, where there are any. */
const BUILT = /^(|.*?\/)(?:dist|build|out|esm|cjs|lib-esm)\//;

/** What was listed, and what was not. */
export interface Listing {
  /** Relative to the root, with `/`. */
  readonly files: readonly string[];
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}

/** The code of a folder: no link is followed, tests and what others wrote are passed by. */
export async function listCode(root: string, accepts: (file: string) => boolean): Promise<Listing> {
  const found: string[] = [];
  const unread: { file: string; why: string }[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      const file = relative(root, path).split(sep).join('/');
      if (found.length >= MOST.files || depth > MOST.depth) {
        if (!unread.some(({ why }) => why === TOO_MANY)) unread.push({ file, why: TOO_MANY });
        return;
      }
      // A link may lead out of the target.
      if (entry.isDirectory() && !PASSED_BY.has(entry.name)) await walk(path, depth + 1);
      else if (entry.isFile() && accepts(file) && !TEST.test(file) && !SETTINGS.test(file)) found.push(file);
    }
  };
  await walk(root, 0);
  return { files: found.filter((file) => !isMade(file, found)), unread };
}

/** Whether a file lies in a folder of what is made, beside sources in TypeScript. */
function isMade(file: string, all: readonly string[]): boolean {
  const folder = BUILT.exec(file)?.[1];
  return (
    folder !== undefined &&
    all.some((each) => each.startsWith(folder) && /\.[cm]?tsx?$/.test(each) && !BUILT.test(each))
  );
}

const TOO_MANY = 'there are more files than are read';
