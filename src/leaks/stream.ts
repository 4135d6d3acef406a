import type { LeakActions } from '../pipeline/leaks.ts';
import type { Settings } from '../pipeline/settings.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import type { Leak } from './detector.ts';
import type { Finder } from './find.ts';
import { markOf } from './texts.ts';
import { changeTexts } from './values.ts';

/** The messages of one call besides its answer. */
export interface LeakStream {
  /**
   * What may be sent of the parameters of a message; `undefined` when it must not be sent at all. Texts in the same place of
   * messages of the same method count as one text, so that nothing passes in pieces.
   */
  send(method: string, params: JsonObject): JsonObject | undefined;
}

/** Longer than any secret in any form, but for those that nobody would put into a header. */
const TAIL = 4096;
/** Places of which an end is remembered; a handler names few. */
const PLACES = 64;

/** Makes the filter of one call. */
export function createStream(
  settings: Pick<Settings, 'secretSpans' | 'withhold' | 'digest'>,
  actions: LeakActions,
  finder: Finder,
): LeakStream {
  const tails = new Map<string, string>();
  return {
    send(method: string, params: JsonObject): JsonObject | undefined {
      let refused = false;
      const changed = changeTexts(
        params,
        {
          text(text: string, path: string): string {
            const place = `${method} ${path}`;
            const tail = tails.get(place) ?? '';
            if (tail !== '' || tails.size < PLACES) tails.set(place, (tail + text).slice(-TAIL));
            const { kept, isRefused } = clean(tail, text);
            refused ||= isRefused;
            return kept;
          },
          number(value: number): void {
            refused ||= settings.withhold(String(value)) !== String(value);
          },
        },
        '',
      );
      if (refused || !isObject(changed)) return undefined;
      const json = JSON.stringify(changed);
      return settings.withhold(json) === json ? changed : undefined;
    },
  };

  /** Takes out of a text what is found in it with what came before; what came before has been sent. */
  function clean(tail: string, text: string): { readonly kept: string; readonly isRefused: boolean } {
    const joined = tail + text;
    const secrets = settings.secretSpans(joined);
    const leaks = finder.mayHold(joined) ? finder.find(joined) : [];
    if (secrets.length === 0 && leaks.length === 0) return { kept: text, isRefused: false };
    const marks: Mark[] = [
      ...secrets.map(([start, end]) => ({ start, end, mark: '[secret]' })),
      ...leaks.map((leak) => ({ ...leak, mark: markIn(joined, leak) })),
    ].filter(({ end }) => end > tail.length);
    const isRefused = leaks.some(({ kind, end }) => end > tail.length && actions[kind] === 'refuse');
    return { kept: replaceMarks(joined, tail.length, marks), isRefused };
  }

  function markIn(joined: string, leak: Leak): string {
    return markOf(settings, actions[leak.kind], leak, joined.slice(leak.start, leak.end));
  }
}

interface Mark {
  readonly start: number;
  readonly end: number;
  readonly mark: string;
}

/** The text from a position on, with marks where something was found; overlapping ones become the first. */
function replaceMarks(text: string, from: number, marks: readonly Mark[]): string {
  let [out, kept] = ['', from];
  for (const { start, end, mark } of marks.toSorted((one, other) => one.start - other.start)) {
    if (end <= kept) continue;
    if (start >= kept || kept === from) out += text.slice(kept, Math.max(kept, start)) + mark;
    kept = end;
  }
  return out + text.slice(kept);
}
