import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Recorder } from '../record/event.ts';
import { watchPath } from '../secrets/providers/watch-file.ts';
import type { Reload } from '../server/reload.ts';
import { afterReload, changesBetween, reloadOf, type ConfigChange, type Section } from './changes.ts';
import { checkMeaning } from './meaning.ts';
import { parseConfig, type ConfigFile } from './read.ts';

/** What takes a new configuration while it serves. */
export interface ReloadTarget {
  readonly recorder: Recorder;
  readonly redact: (text: string) => string;
  /** Absent where a change of these sections needs a restart. */
  readonly upstreams?: LiveUpstreams;
  /** @throws TypeError when it will not take it; nothing is changed then. */
  reconfigure(next: Reload): void;
  /** Told of each outcome, in a sentence for the operator. */
  say(level: 'info' | 'error', sentence: string): void;
}

/**
 * What of a host is made of the sections `upstreams` and `accepted` and of files beside the configuration, and made anew
 * while it serves.
 */
export interface LiveUpstreams {
  /** Digests of those files when the host was started, by absolute path; see {@link digestFile}. */
  readonly files: ReadonlyMap<string, string>;
  /** Takes away what was revoked, at once and whatever else is wrong: also when it cannot be recorded. */
  withdraw(): Promise<void>;
  /**
   * Puts what there is now in force, whole.
   * @param record Writes the change down, before it is in force.
   * @param inForce Runs in the step in which it comes into force.
   * Rejects with what is to be mended; nothing is changed then.
   */
  take(wanted: ConfigFile, record: () => Promise<void>, inForce: () => void): Promise<void>;
}

/** SHA-256 (base64url) of a file; empty where none can be read. */
export async function digestFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes === undefined ? '' : createHash('sha256').update(bytes).digest('base64url');
}

/** A configuration file that is followed. */
export interface Reloader {
  /** Reads the file now; resolves when it is in force or refused. */
  reload(): Promise<void>;
  close(): void;
}

const SETTLE_MS = 100;

/**
 * Takes a changed file whole or not at all. It is checked first; each change is on the audit log before it is in force;
 * what needs a restart is said and left as it is; a file that cannot be used changes nothing.
 */
export function createReloader(started: ConfigFile, target: ReloadTarget): Reloader {
  const { file } = started;
  const { upstreams } = target;
  const sections: readonly Section[] = upstreams === undefined ? [] : ['upstreams', 'accepted'];
  let files = upstreams?.files ?? new Map<string, string>();
  let running = started.config;
  let last = '';
  let timer: NodeJS.Timeout | undefined;
  let queue = Promise.resolve();

  async function take(): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const beside = await digestsOf(files);
    const seen = JSON.stringify([text, ...beside.values()]);
    if (text === undefined || seen === last) return;
    last = seen;
    try {
      const wanted = parseConfig(text, file);
      await checkMeaning(wanted);
      const changes = [...changesBetween(running, wanted.config, sections), ...changedFiles(files, beside)];
      const config = afterReload(running, wanted.config, sections);
      const reconfigure = (): void => target.reconfigure(reloadOf(wanted.config));
      if (upstreams !== undefined && changes.some(({ path, live }) => live && !isSetting(path))) {
        const recordSame = async (): Promise<void> => {
          if (changedFiles(beside, await digestsOf(files)).length > 0)
            throw new TypeError('A file beside it was written while it was read, and is read again.');
          await record(changes);
        };
        await upstreams.take({ ...wanted, config }, recordSame, reconfigure);
      } else {
        await record(changes);
        reconfigure();
      }
      [running, files] = [config, beside];
      tell(changes);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      target.recorder.note({
        time: Date.now(),
        kind: 'config',
        request: '-',
        target: file,
        decision: 'refused',
        detail: target.redact(why).slice(0, 500),
      });
      target.say('error', `${why}\nThe configuration before it stays in force.`);
    }
  }

  /** INVARIANT: a change that cannot be recorded does not happen. */
  async function record(changes: readonly ConfigChange[]): Promise<void> {
    for (const { path, before, after, live } of changes) {
      await target.recorder.append({
        time: Date.now(),
        kind: 'config',
        request: '-',
        target: path,
        decision: live ? 'accepted' : 'restart needed',
        before: target.redact(before),
        after: target.redact(after),
      });
    }
  }

  function tell(changes: readonly ConfigChange[]): void {
    for (const { path, before, after, live } of changes) {
      const what = `${path}: ${before === '' ? 'nothing' : before} -> ${after === '' ? 'nothing' : after}`;
      target.say('info', live ? `configuration: ${what}` : `configuration: ${what} (restart needed)`);
    }
  }

  const withdraw = async (): Promise<void> => {
    try {
      await upstreams?.withdraw();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      target.say('error', `What was revoked could not be taken away, and may be served: ${why} Stop the server.`);
    }
  };
  const reload = (): Promise<void> => {
    // INVARIANT: what was revoked is gone at once: it waits for no change that is being made.
    const withdrawn = withdraw();
    return (queue = queue.then(() => withdrawn).then(take));
  };
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), SETTLE_MS).unref();
  };
  const stops = [resolve(file), ...files.keys()].map((path) => watchPath(path, changed));
  // What was written since the host was made of it, and before anybody watched.
  if (upstreams !== undefined) void reload();
  return {
    reload,
    close(): void {
      clearTimeout(timer);
      for (const stop of stops) stop();
    },
  };
}

async function digestsOf(files: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  return new Map(await Promise.all([...files.keys()].map(async (path) => [path, await digestFile(path)] as const)));
}

function changedFiles(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly ConfigChange[] {
  return [...after]
    .filter(([path, digest]) => before.get(path) !== digest)
    .map(([path, digest]) => ({ path, before: before.get(path) ?? '', after: digest, live: true }));
}

/** Whether a change is one of a limit or of a list of names, which needs nothing to be made anew. */
function isSetting(path: string): boolean {
  return path.startsWith('limits.') || path.startsWith('http.');
}
