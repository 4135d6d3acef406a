import { createInterface } from 'node:readline/promises';
import { describeLaunch, digestLaunch, type Consent } from '../gateway/consent.ts';
import type { Lock } from '../gateway/lock.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import type { ReadyUpstream } from '../gateway/ready.ts';
import { Mistake } from './mistake.ts';

/** Who consents, and whether they are asked. */
export interface ConsentOptions {
  readonly by: string;
  readonly yes?: boolean;
}

/** What has been consented to, and what is asked about. */
export interface Consents {
  /**
   * Shows what is started. What was not started exactly so before is asked about.
   * @throws Mistake when nobody consents.
   */
  ask(id: string, options: UpstreamOptions, installed: ReadyUpstream['installed']): Promise<void>;
  all(): Readonly<Record<string, Consent>>;
}

/**
 * Begins with the consents of a lock.
 * @param tell Shows a line of what is started; on standard output when absent.
 */
export function openConsents(
  lock: Lock,
  { by, yes = false }: ConsentOptions,
  tell: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Consents {
  const known = new Map(Object.entries(lock.consents ?? {}));
  return {
    async ask(id, options, installed) {
      const digest = digestLaunch(options, installed);
      for (const line of describeLaunch(id, options, installed)) tell(line);
      const before = known.get(id);
      if (before?.digest === digest) return;
      const what = before === undefined ? 'It has not been started before' : 'It was started otherwise before';
      if (!yes && !(await isAgreed(what)))
        throw new Mistake(
          process.stdin.isTTY
            ? 'it was not started, for nobody has consented.'
            : `it was not started. ${what}: look at the lines above, and consent with --yes.`,
        );
      known.set(id, { digest, by, at: new Date().toISOString() });
    },
    all: () => Object.fromEntries(known),
  };
}

/** INVARIANT: where no person can answer, nobody has. */
async function isAgreed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${what}. Start it? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
