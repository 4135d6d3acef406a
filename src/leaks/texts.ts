import type { LeakAction, LeakActions } from '../pipeline/leaks.ts';
import type { Settings } from '../pipeline/settings.ts';
import type { Leak } from './detector.ts';
import type { Finder } from './find.ts';
import { replaceLeaks, type Texts } from './values.ts';

/** What was found, for the operator: never the value. */
export interface Found {
  readonly name: string;
  readonly action: LeakAction;
  /** JSON pointer. */
  readonly path: string;
}

const DIGEST_CHARACTERS = 16;

/** What stands in the place of a leak. */
export function markOf(
  { digest }: Pick<Settings, 'digest'>,
  action: LeakAction,
  { kind }: Leak,
  found: string,
): string {
  return action === 'hash' ? `[${kind}:${digest(found).slice(0, DIGEST_CHARACTERS)}]` : `[${kind}]`;
}

/** Makes what takes secrets and leaks out of texts, and tells of each. */
export function createTexts(
  settings: Pick<Settings, 'withhold' | 'digest'>,
  actions: LeakActions,
  finder: Finder,
  found: Found[],
): Texts {
  return {
    text(text: string, path: string): string {
      const kept = settings.withhold(text);
      if (kept !== text) found.push({ name: 'secret', action: 'mask', path });
      if (!finder.mayHold(kept)) return kept;
      const leaks = finder.find(kept);
      if (leaks.length === 0) return kept;
      for (const { name, kind } of leaks) found.push({ name, action: actions[kind], path });
      return replaceLeaks(kept, leaks, (leak, value) => markOf(settings, actions[leak.kind], leak, value));
    },
    number(value: number, path: string): void {
      const text = String(value);
      const [leak] = text.length < 8 || !finder.mayHold(text) ? [] : finder.find(text);
      if (leak !== undefined) found.push({ name: leak.name, action: 'refuse', path });
      if (settings.withhold(text) !== text) found.push({ name: 'secret', action: 'refuse', path });
    },
  };
}
