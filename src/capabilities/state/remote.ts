import { canonicalJson } from '../../protocol/canonical.ts';
import type { Remote } from '../capability.ts';
import type { State } from './state.ts';

const ATTEMPTS = 20;
const CHANGED = 'changed';

/**
 * How state is used from inside of a sandbox. `update` takes a function, which cannot leave it: the inside reads, changes
 * and asks to replace what it read, and the host replaces it if it is still the same.
 */
export function remoteState<T>(): Remote<State<T>> {
  return Object.freeze({
    methods: ['create', 'get', 'replace', 'delete'],
    face(call: (method: string, args: readonly unknown[]) => Promise<unknown>): State<T> {
      return Object.freeze({
        create: (value: T) => call('create', [value]) as Promise<string>,
        get: (handle: string) => call('get', [handle]) as Promise<T | undefined>,
        delete: (handle: string) => call('delete', [handle]) as Promise<boolean>,
        async update(handle: string, change: (present: T) => T): Promise<T | undefined> {
          for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
            const present = await call('get', [handle]);
            if (present === undefined) return undefined;
            // `change` may write into what it is given: what was read goes back as it was.
            const next = change(structuredClone(present) as T);
            const answer = (await call('replace', [handle, present, next])) as readonly [string, T | undefined];
            if (answer[0] !== CHANGED) return answer[1];
          }
          throw new Error('the state was changed by too many calls at once');
        },
      });
    },
    async serve(granted: State<T>, method: string, args: readonly unknown[]): Promise<unknown> {
      const [first, second, third] = args;
      if (method === 'create') return granted.create(first as T);
      if (typeof first !== 'string') throw new TypeError('state: a handle is a text.');
      if (method === 'get') return granted.get(first);
      if (method === 'delete') return granted.delete(first);
      return replace(granted, first, second, third as T);
    },
  });
}

/** Thrown out of an update to leave the value as it is. */
class Stale extends Error {}

async function replace<T>(granted: State<T>, handle: string, before: unknown, next: T): Promise<unknown> {
  const expected = canonicalJson(before);
  try {
    const stored = await granted.update(handle, (present) => {
      if (canonicalJson(present) !== expected) throw new Stale();
      return next;
    });
    return ['done', stored];
  } catch (error) {
    if (error instanceof Stale) return [CHANGED, undefined];
    throw error;
  }
}
