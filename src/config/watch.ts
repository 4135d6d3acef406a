import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Recorder } from '../record/event.ts';
import { watchPath } from '../secrets/providers/watch-file.ts';
import type { Reload } from '../server/reload.ts';
import { afterReload, changesBetween, reloadOf, type ConfigChange } from './changes.ts';
import { checkMeaning } from './meaning.ts';
import { parseConfig, type ConfigFile } from './read.ts';

/** What takes a new configuration while it serves. */
export interface ReloadTarget {
  readonly recorder: Recorder;
  readonly redact: (text: string) => string;
  /** @throws TypeError when it will not take it; nothing is changed then. */
  reconfigure(next: Reload): void;
  /** Told of each outcome, in a sentence for the operator. */
  say(level: 'info' | 'error', sentence: string): void;
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
  let running = started.config;
  let last = '';
  let timer: NodeJS.Timeout | undefined;
  let queue = Promise.resolve();

  async function take(): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined || text === last) return;
    last = text;
    try {
      const wanted = parseConfig(text, file);
      await checkMeaning(wanted);
      const changes = changesBetween(running, wanted.config);
      await record(changes);
      target.reconfigure(reloadOf(wanted.config));
      running = afterReload(running, wanted.config);
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

  const reload = (): Promise<void> => (queue = queue.then(take));
  const stop = watchPath(resolve(file), () => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), SETTLE_MS).unref();
  });
  return {
    reload,
    close(): void {
      clearTimeout(timer);
      stop();
    },
  };
}
