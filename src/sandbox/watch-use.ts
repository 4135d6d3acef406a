import { folderUse } from './folder-use.ts';
import type { Sandboxed } from './launch.ts';
import type { SandboxProfile } from './profile.ts';
import { innermost, temporaryUse, treeMemory } from './usage.ts';

const WATCH_MS = 100;
/** Files in the temporary folder: the kernel holds each, and counts none of them as memory. */
const FILES = 10_000;

/**
 * The second line behind the limits of the kernel, which know single processes and single files: together they may have
 * as much memory as three of them, and leave behind as much as four files.
 * @returns The timer that looks, for whoever ends the watch.
 */
export function watchUse(
  { child }: Sandboxed,
  { limits }: SandboxProfile,
  folders: readonly string[],
  kill: (reason: 'memory' | 'disk') => void,
): NodeJS.Timeout {
  const { pid } = child;
  const before = folderUse(folders);
  return setInterval(() => {
    if (pid === undefined) return;
    if (treeMemory(pid) > 3 * limits.memoryBytes) kill('memory');
    const { bytes, files } = folderUse(folders);
    const full = bytes - before.bytes > 4 * limits.fileBytes || files - before.files > FILES;
    if (full || temporaryUse(innermost(pid), limits.fileBytes).files > FILES) kill('disk');
  }, WATCH_MS).unref();
}
