import type { MaybePromise } from '../../pipeline/decision.ts';
import type { Limits } from '../../pipeline/limits.ts';
import type { Metered } from '../../pipeline/meter.ts';
import { isObject } from '../../protocol/json.ts';
import type { Store } from '../../stores/store.ts';

/** Which limit bounds each resource. */
const QUOTAS: Readonly<Record<Metered, keyof Limits>> = Object.freeze({
  cpuMs: 'cpuMsPerPrincipal',
  diskBytes: 'diskBytesPerPrincipal',
  processes: 'processesPerPrincipal',
  logBytes: 'logBytesPerPrincipal',
});

/** Those without which nothing is left to do; the log is refused line by line. */
const STOPPING: readonly Metered[] = ['cpuMs', 'diskBytes', 'processes'];
/** Where instances tell each other that a quota is used up. */
export const QUOTA_CHANNEL = 'quotas';
const MOST_KNOWN = 10_000;

/** A quota that is used up, and until when, in milliseconds since the epoch. */
export interface Spent {
  readonly resource: Metered;
  readonly until: number;
}

/** What a principal has used of a resource in a window. */
interface Use {
  /** On all instances, as the store said last. */
  told: number;
  /** Here, and not told to the store yet. */
  kept: number;
}

/** Part of a quota that is told to the store at a time. */
const TOLD_AT = 0.02;

/** What principals have used in the present window, on every instance together. */
export class Ledger {
  readonly #store: Store;
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #onSpent: (principal: string, spent: Spent) => void;
  readonly #spent = new Map<string, Spent>();
  readonly #uses = new Map<string, Use>();

  constructor(store: Store, limits: Limits, now: () => number, onSpent: (principal: string, spent: Spent) => void) {
    this.#store = store;
    this.#limits = limits;
    this.#now = now;
    this.#onSpent = onSpent;
  }

  /** Whether nobody has used up anything, as far as this instance knows. */
  get isQuiet(): boolean {
    return this.#spent.size === 0;
  }

  /** What this instance knows that a principal has used up. */
  known(principal: string): Spent | undefined {
    const spent = this.#spent.get(principal);
    if (spent === undefined || spent.until > this.#now()) return spent;
    this.#spent.delete(principal);
    return undefined;
  }

  /** Asks the store what a principal has used up; for those who are about to use much. */
  ask(principal: string): MaybePromise<Spent | undefined> {
    const values = STOPPING.map((resource) => this.#store.get(this.#key(resource, principal)));
    return values.some((value) => value instanceof Promise)
      ? Promise.all(values.map((value) => Promise.resolve(value))).then((settled) => this.#judge(settled))
      : this.#judge(values as readonly (string | undefined)[]);
  }

  /** Adds to what a principal has used: whether it is still within its quota. Answers at once where the store does. */
  spend(principal: string, resource: Metered, amount: number): boolean {
    const whole = Math.ceil(amount);
    if (!(whole > 0)) return true;
    const before = this.#spent.get(principal);
    if (before?.resource === resource && before.until > this.#now()) return false;
    const key = this.#key(resource, principal);
    const use = this.#uses.get(key) ?? this.#begin(key);
    use.kept += whole;
    const most = this.#limits[QUOTAS[resource]];
    if (use.kept < most * TOLD_AT && use.told + use.kept <= most) return true;
    return this.#tell(principal, resource, key, use);
  }

  /** A write to a durable store costs more than most calls, so that what is little is told together. */
  #tell(principal: string, resource: Metered, key: string, use: Use): boolean {
    const until = this.#until();
    const { kept } = use;
    use.kept = 0;
    const used = this.#store.increment(key, kept, this.#limits.quotaWindowMs);
    const count = (settled: number): boolean => {
      use.told = settled;
      return this.#count(principal, resource, settled, until);
    };
    if (!(used instanceof Promise)) return count(used);
    // What a store tells later counts from then on.
    used.then(count, () => process.emitWarning('what a caller has used could not be counted', 'StoreWarning'));
    return true;
  }

  #begin(key: string): Use {
    if (this.#uses.size >= MOST_KNOWN) {
      const [oldest] = this.#uses.keys();
      if (oldest !== undefined) this.#uses.delete(oldest);
    }
    const use: Use = { told: 0, kept: 0 };
    this.#uses.set(key, use);
    return use;
  }

  /** Hears of another instance. */
  hear(message: string): void {
    const told = parse(message);
    if (told !== undefined && told.spent.until > this.#now()) this.#remember(told.principal, told.spent);
  }

  #count(principal: string, resource: Metered, used: number, until: number): boolean {
    if (used <= this.#limits[QUOTAS[resource]]) return true;
    if (!STOPPING.includes(resource)) return false;
    const spent: Spent = { resource, until };
    if (this.#remember(principal, spent)) this.#onSpent(principal, spent);
    return false;
  }

  #remember(principal: string, spent: Spent): boolean {
    const isNew = this.known(principal) === undefined;
    if (this.#spent.size >= MOST_KNOWN) {
      const [oldest] = this.#spent.keys();
      if (oldest !== undefined) this.#spent.delete(oldest);
    }
    this.#spent.set(principal, spent);
    return isNew;
  }

  #judge(values: readonly (string | undefined)[]): Spent | undefined {
    const at = values.findIndex((value, index) => {
      const resource = STOPPING[index];
      return resource !== undefined && Number(value ?? 0) >= this.#limits[QUOTAS[resource]];
    });
    const resource = STOPPING[at];
    return resource === undefined ? undefined : { resource, until: this.#until() };
  }

  /** Windows begin at the same time on every instance. */
  #until(): number {
    const { quotaWindowMs } = this.#limits;
    return (Math.floor(this.#now() / quotaWindowMs) + 1) * quotaWindowMs;
  }

  #key(resource: Metered, principal: string): string {
    return `quota:${resource}:${principal}:${Math.floor(this.#now() / this.#limits.quotaWindowMs)}`;
  }
}

/** The message that tells other instances. */
export function tell(principal: string, spent: Spent): string {
  return JSON.stringify({ principal, ...spent });
}

function parse(message: string): { readonly principal: string; readonly spent: Spent } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { principal, resource, until } = value;
  const known = STOPPING.find((each) => each === resource);
  if (typeof principal !== 'string' || known === undefined || typeof until !== 'number') return undefined;
  return { principal, spent: { resource: known, until } };
}
