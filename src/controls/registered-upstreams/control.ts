/** What is written down of an upstream. */
export interface Entry {
  /** Why nobody answers for it as a deployment needs; `undefined` when somebody does. */
  readonly unanswered: string | undefined;
  /** Who took it away, and why. */
  readonly revoked: { readonly by: string; readonly reason?: string } | undefined;
}

/** What a gateway routes to. */
export interface Register {
  /** Why an upstream is not routed to; `undefined` when it is. */
  problem(entry: Entry): string | undefined;
  /** The items that are routed to, of those which a deployment lists and of all that an upstream offers. */
  routed<T>(listed: Readonly<Record<string, T>>, offered: readonly string[], otherwise: T): Readonly<Record<string, T>>;
}

/**
 * Routes to what is written down and to nothing else (GOV-01): an upstream for which somebody answers, with purpose and
 * review, that nobody has revoked; and of what it offers, the items that the deployment lists by name.
 */
export function configure(weakened: ReadonlySet<string>): Register {
  return weakened.has('registered-upstreams') ? UNWRITTEN : WRITTEN;
}

const WRITTEN: Register = Object.freeze({
  problem({ unanswered, revoked }: Entry): string | undefined {
    if (revoked !== undefined) return `${revoked.by} has revoked it: ${revoked.reason ?? 'no reason'}`;
    return unanswered;
  },
  routed: <T>(listed: Readonly<Record<string, T>>) => listed,
});

const UNWRITTEN: Register = Object.freeze({
  problem: () => undefined,
  routed: <T>(listed: Readonly<Record<string, T>>, offered: readonly string[], otherwise: T) => ({
    ...Object.fromEntries(offered.map((name) => [name, otherwise] as const)),
    ...listed,
  }),
});
