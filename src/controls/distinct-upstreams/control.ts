import { ordersIn } from '../../scan/orders.ts';
import { isNear } from './near.ts';

/** A name under which something of an upstream is served. */
export interface ServedName {
  readonly upstream: string;
  /** What stands before its own name; empty where nothing does. */
  readonly prefix: string;
  /** What its upstream calls it. */
  readonly own: string;
  /** The whole. */
  readonly name: string;
}

/** What keeps upstreams apart. */
export interface Separation {
  /** Why a name cannot be served beside those that are; `undefined` when it can, in place of one that is the same. */
  nameProblem(name: ServedName, served: readonly ServedName[], kind: string): string | undefined;
  /** Which of the names of other upstreams' tools a definition gives orders about. */
  steers(definition: unknown, others: ReadonlySet<string>): string | undefined;
}

/**
 * Keeps what is of one upstream from passing for, or speaking of, what is of another (ISO-08): the first alone has a name; one that is a
 * slip away from that of another upstream, under the same prefix or one that is a slip away itself, is not served; and nor is
 * a tool whose definition gives orders about another upstream's. With the control off the last of a name is served, whatever
 * it says.
 */
export function configure(weakened: ReadonlySet<string>): Separation {
  return weakened.has('distinct-upstreams') ? MIXED : APART;
}

const APART: Separation = Object.freeze({
  nameProblem(name: ServedName, served: readonly ServedName[], kind: string): string | undefined {
    if (served.some((each) => each.name === name.name))
      return `there is a ${kind} "${name.name}" already. Give its upstream a prefix`;
    const near = served.find((each) => each.upstream !== name.upstream && isMistakable(name, each));
    if (near === undefined) return undefined;
    return `"${name.name}" could be taken for "${near.name}" of "${near.upstream}". Give its upstream another prefix`;
  },
  steers: ordersIn,
});

const MIXED: Separation = Object.freeze({ nameProblem: () => undefined, steers: () => undefined });

/** The same name under two prefixes is told apart by these, and two names without one by themselves. */
function isMistakable(a: ServedName, b: ServedName): boolean {
  const hasOne = a.prefix === b.prefix || (a.prefix !== '' && b.prefix !== '' && isNear(a.prefix, b.prefix));
  return hasOne && isNear(a.own, b.own);
}
