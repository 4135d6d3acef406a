import type { MaybePromise } from '../../pipeline/decision.ts';
import type { Sealer } from '../../pipeline/seal.ts';
import { isObject } from '../../protocol/json.ts';
import type { Store } from '../../stores/store.ts';

/** What can be switched off: a tool, an OAuth client, a principal, or the whole server. */
export type SwitchKind = 'tool' | 'client' | 'principal' | 'server';

/** All of them. */
export const SWITCH_KINDS: readonly SwitchKind[] = ['tool', 'client', 'principal', 'server'];

/** One thing that is switched off. */
export interface Switch {
  readonly kind: SwitchKind;
  /** Name of the tool, id of the client, id of the principal; `*` for the server. */
  readonly name: string;
  readonly reason: string;
  /** Who did it. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When it ends by itself; never when absent. */
  readonly until?: number;
}

/** Everything that is switched off, with a number that grows with each change. */
export interface Register {
  readonly sequence: number;
  readonly switches: readonly Switch[];
}

/** The operator's hand: changes what is switched off, for every instance on the same store. */
export interface Switches {
  /** @throws Error when the register in the store is not one of this root key's, or is full. */
  disable(entry: Omit<Switch, 'at'>): Promise<void>;
  /**
   * Whether there was something to enable.
   * @throws Error when the register in the store is not one of this root key's.
   */
  enable(kind: SwitchKind, name: string): Promise<boolean>;
  /** @throws Error when the register in the store is not one of this root key's. */
  list(): Promise<readonly Switch[]>;
}

/** Where the register is, and where a change of it is told. */
export const REGISTER_KEY = 'switches';
/** See `REGISTER_KEY`. */
export const REGISTER_CHANNEL = 'switches';

const EMPTY: Register = Object.freeze({ sequence: 0, switches: [] });
const MOST = 1000;
const MOST_REASON = 200;
const YEARS_MS = 10 * 365 * 86_400_000;
const ATTEMPTS = 50;

/**
 * Makes the operator's hand. The register is sealed with the root key: who can write the store and has no key can break
 * it, by which everything is refused, and cannot make one that says something else.
 */
export function createSwitches(store: Store, sealer: Sealer, now: () => number = Date.now): Switches {
  const read = async (): Promise<{ readonly text: string | undefined; readonly register: Register }> => {
    const text = await store.get(REGISTER_KEY);
    if (text === undefined) return { text, register: EMPTY };
    const register = openRegister(sealer, text);
    if (register !== undefined) return { text, register };
    throw new Error(
      'The register of switches in the store was not made with this root key. Everything is refused until it is. ' +
        'Find out who wrote it; then delete the entry "switches" from the store, and restart.',
    );
  };
  const change = async (edit: (present: readonly Switch[]) => readonly Switch[] | undefined): Promise<boolean> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { text, register } = await read();
      const live = register.switches.filter(({ until }) => until === undefined || until > now());
      const switches = edit(live);
      if (switches === undefined) return false;
      if (switches.length > MOST) throw new Error(`More than ${MOST} things are switched off. Enable some.`);
      const next = sealRegister(sealer, { sequence: register.sequence + 1, switches });
      if (await put(store, text, next)) {
        await store.publish(REGISTER_CHANNEL, String(register.sequence + 1));
        return true;
      }
    }
    throw new Error('The register of switches is being changed by too many at once. Try again.');
  };
  return {
    async disable(entry): Promise<void> {
      const { kind, name, by } = entry;
      if (!SWITCH_KINDS.includes(kind)) throw new TypeError(`kind: say ${SWITCH_KINDS.join(', ')}.`);
      if (name === '' || name.length > 500) throw new TypeError('name: give 1 to 500 characters.');
      const reason = entry.reason.slice(0, MOST_REASON);
      const until = entry.until === undefined ? {} : { until: entry.until };
      const fresh: Switch = { kind, name, reason, by: by.slice(0, 100), at: now(), ...until };
      await change((present) => [...present.filter((each) => !isSame(each, kind, name)), fresh]);
    },
    enable: (kind, name) =>
      change((present) => {
        const left = present.filter((each) => !isSame(each, kind, name));
        return left.length === present.length ? undefined : left;
      }),
    async list(): Promise<readonly Switch[]> {
      const { register } = await read();
      return register.switches.filter(({ until }) => until === undefined || until > now());
    },
  };
}

function isSame(entry: Switch, kind: SwitchKind, name: string): boolean {
  return entry.kind === kind && entry.name === name;
}

function put(store: Store, present: string | undefined, next: string): MaybePromise<boolean> {
  return present === undefined
    ? store.add(REGISTER_KEY, next, YEARS_MS)
    : store.compareAndSet(REGISTER_KEY, present, next, YEARS_MS);
}

function sealRegister(sealer: Sealer, register: Register): string {
  return sealer.seal('kill-switch', [REGISTER_KEY], JSON.stringify(register));
}

/** The register of a sealed text; undefined for anything that this root key did not seal. */
export function openRegister(sealer: Sealer, text: string): Register | undefined {
  const opened = sealer.open('kill-switch', [REGISTER_KEY], text);
  if (opened === undefined) return undefined;
  const value: unknown = JSON.parse(opened);
  if (!isObject(value) || typeof value['sequence'] !== 'number' || !Array.isArray(value['switches'])) return undefined;
  const switches = value['switches'].map(readSwitch);
  if (switches.includes(undefined)) return undefined;
  return { sequence: value['sequence'], switches: switches.filter((each) => each !== undefined) };
}

function readSwitch(value: unknown): Switch | undefined {
  if (!isObject(value)) return undefined;
  const { kind, name, reason, by, at, until } = value;
  const known = SWITCH_KINDS.find((each) => each === kind);
  if (known === undefined || typeof name !== 'string' || typeof at !== 'number') return undefined;
  if (until !== undefined && typeof until !== 'number') return undefined;
  return { kind: known, name, reason: String(reason), by: String(by), at, ...(until === undefined ? {} : { until }) };
}
