import { type FSWatcher, watch, watchFile, unwatchFile, type StatsListener } from 'node:fs';
import { dirname } from 'node:path';

const [SETTLE_MS, POLL_MS] = [50, 2_000];

/**
 * Tells when the file at a path may have changed, until the returned function is called. The folder is watched, because a
 * new value comes by renaming a file or a link (`..data`) into its place; the path is polled as well, for file systems
 * without notices and for links that lead elsewhere.
 */
export function watchPath(path: string, changed: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS).unref();
  };
  const polled: StatsListener = (now, before) => {
    if (now.ino !== before.ino || now.mtimeMs !== before.mtimeMs || now.size !== before.size) settle();
  };
  const watcher = openWatcher(dirname(path), settle);
  watchFile(path, { persistent: false, interval: POLL_MS }, polled);
  return () => {
    clearTimeout(timer);
    watcher?.close();
    unwatchFile(path, polled);
  };
}

function openWatcher(folder: string, changed: () => void): FSWatcher | undefined {
  // Permission flags give the path and not what lies beside it.
  if (process.permission !== undefined) return undefined;
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    // A folder that goes away ends its watcher; the poll goes on.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
