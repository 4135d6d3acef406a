import { watch } from 'node:fs';

/** What takes new policies while it serves. */
export interface PolicyTarget {
  /** Takes what is in the folder now, or rejects with what to mend. */
  reload(): Promise<void>;
  /** Told of each outcome, in a sentence for the operator. */
  say(level: 'info' | 'error', sentence: string): void;
}

/** A folder of policies that is followed. */
export interface PolicyWatcher {
  /** Takes the folder now; resolves when it is in force or refused. */
  reload(): Promise<void>;
  close(): void;
}

const SETTLE_MS = 100;

/** Takes a changed folder of policies whole or not at all; policies that cannot be used change nothing. */
export function watchPolicies(directory: string, target: PolicyTarget): PolicyWatcher {
  let timer: NodeJS.Timeout | undefined;
  const reload = async (): Promise<void> => {
    try {
      await target.reload();
      target.say('info', `policies: those of ${directory} are in force`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      target.say('error', `${why}\nThe policies before stay in force.`);
    }
  };
  const watcher = watch(directory, { persistent: false }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), SETTLE_MS).unref();
  });
  return {
    reload,
    close(): void {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
