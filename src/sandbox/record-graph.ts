import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a sandboxed process starts from. */
export interface Image {
  /** Absolute path of a folder with `boot.mjs`, its first module, and `graph`, what was recorded. */
  readonly folder: string;
  /** URLs of the modules that serve the host, within the graph. */
  readonly entries: { readonly process: string; readonly worker: string };
  remove(): void;
}

const RECORD_MS = 60_000;

/** A module of this folder, as source or as built. */
function ownModule(name: string): URL {
  const built = new URL(`./${name}.js`, import.meta.url);
  return existsSync(built) ? built : new URL(`./${name}.ts`, import.meta.url);
}

/**
 * Loads a server's module once, in a process of its own with an empty environment, and keeps the text of every module
 * that it is made of.
 * @throws TypeError when the module cannot be loaded so.
 */
export async function recordGraph(module: string): Promise<Image> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-sandbox-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const entries = { process: ownModule('inside-process').href, worker: ownModule('inside-worker').href };
  try {
    await promisify(execFile)(
      process.execPath,
      [
        '--no-warnings',
        fileURLToPath(ownModule('graph-main')),
        folder,
        ownModule('boot').href,
        ...Object.values(entries),
        module,
      ],
      { env: {}, timeout: RECORD_MS, cwd: folder },
    );
    // Where the host is root, sandboxes run as users of their own, who have to read it.
    if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  } catch (error) {
    remove();
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new TypeError(
      `The module ${module} cannot be loaded for a sandbox, where the environment is empty: ${detail.slice(0, 1_000)}`,
      { cause: error },
    );
  }
  return { folder, entries, remove };
}
