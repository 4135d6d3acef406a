import type { Store } from '../../stores/store.ts';

/** The values that a principal has now, so that they can be counted. */
export interface StateIndex {
  /** Enters a key, or starts its time anew: false when there is no room. */
  enter(key: string): Promise<boolean>;
  leave(key: string): Promise<void>;
}

const ATTEMPTS = 20;

/** Makes the index at `at`: keys with the time at which each lapses, changed by compare-and-set alone. */
export function createIndex(
  store: Store,
  at: string,
  bounds: { readonly ttlMs: number; readonly maxPerPrincipal: number },
): StateIndex {
  const change = async (edit: (entries: Map<string, number>) => boolean): Promise<boolean> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const present = await store.get(at);
      const entries = parse(present);
      if (!edit(entries)) return false;
      const next = JSON.stringify([...entries]);
      const done =
        present === undefined
          ? await store.add(at, next, bounds.ttlMs)
          : await store.compareAndSet(at, present, next, bounds.ttlMs);
      if (done) return true;
    }
    throw new Error('the state was changed by too many calls at once');
  };
  // The last part of the key is enough: the rest is in the name of the index.
  const short = (key: string): string => key.slice(key.lastIndexOf(':') + 1);
  return {
    enter: (key) =>
      change((entries) => {
        if (!entries.has(short(key)) && entries.size >= bounds.maxPerPrincipal) return false;
        entries.set(short(key), Date.now() + bounds.ttlMs);
        return true;
      }),
    async leave(key) {
      await change((entries) => entries.delete(short(key)));
    },
  };
}

function parse(text: string | undefined): Map<string, number> {
  const entries = new Map<string, number>();
  const rows: unknown = text === undefined ? [] : JSON.parse(text);
  const now = Date.now();
  for (const row of Array.isArray(rows) ? rows : []) {
    const [key, lapses]: readonly unknown[] = Array.isArray(row) ? row : [];
    if (typeof key === 'string' && typeof lapses === 'number' && lapses > now) entries.set(key, lapses);
  }
  return entries;
}
