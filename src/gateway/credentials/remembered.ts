/** Values that are kept out of logs, the newest of each key. */
export interface Remembered {
  note(key: string, values: readonly (string | undefined)[]): void;
  forget(key: string): void;
  close(): void;
}

const MOST = 10_000;
/** What was sent may still come back in an answer that is under way. */
const LINGER_MS = 60_000;
const LEAST = 6;

/** Makes an empty one over a registry of secrets. */
export function createRemembered(remember: (value: string) => () => void): Remembered {
  const known = new Map<string, { readonly text: string; readonly forget: readonly (() => void)[] }>();
  const forget = (key: string): void => {
    const entry = known.get(key);
    known.delete(key);
    if (entry === undefined) return;
    setTimeout(() => {
      for (const each of entry.forget) each();
    }, LINGER_MS).unref();
  };
  return {
    note(key, values) {
      const text = JSON.stringify(values);
      if (known.get(key)?.text === text) return;
      forget(key);
      const [oldest] = known.keys();
      if (known.size >= MOST && oldest !== undefined) forget(oldest);
      const kept = values.filter((value): value is string => value !== undefined && value.length >= LEAST);
      known.set(key, { text, forget: kept.map(remember) });
    },
    forget,
    close() {
      for (const key of known.keys()) forget(key);
    },
  };
}
