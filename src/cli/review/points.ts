import { createHash } from 'node:crypto';
import type { ReviewState } from './state.ts';
import type { Usage } from './usage.ts';

/** One point of a review: somebody has to decide on it. */
export interface Point {
  /** Of its kind and text: stays the same while nothing about it changes. */
  readonly id: string;
  readonly kind: 'changed' | 'grown' | 'expires' | 'unused';
  readonly what: string;
}

const DAY = 86_400_000;
/** Until when the next review is due, which is how far this one looks ahead. */
const AHEAD_DAYS = 92;

/**
 * What somebody has to decide on.
 * @param before What was allowed at the review before; nothing has grown where there was none.
 */
export function pointsOf(
  state: ReviewState,
  before: ReviewState | undefined,
  usage: Usage,
  now: number,
): readonly Point[] {
  const points = [
    ...changedIn(usage),
    ...(before === undefined ? [] : grownSince(state, before)),
    ...endingOf(state, now),
    ...(usage.isWhole === undefined ? [] : unusedOf(state, usage)),
  ];
  return [...new Map(points.map((each) => [each.id, each])).values()];
}

/** What happened many times is one point: a decision is about what was done, and not about each time. */
function changedIn({ changes }: Usage): readonly Point[] {
  const byText = Map.groupBy(changes, ({ what }) => what);
  return [...byText].map(([what, some]) => {
    const last = new Date(Math.max(...some.map(({ time }) => time))).toISOString();
    return {
      ...point('changed', what),
      what: `${what} (${some.length === 1 ? '' : `${some.length} times, last `}${last})`,
    };
  });
}

function point(kind: Point['kind'], what: string): Point {
  const id = createHash('sha256')
    .update(JSON.stringify([kind, what]))
    .digest('hex')
    .slice(0, 12);
  return { id, kind, what };
}

function grownSince(state: ReviewState, before: ReviewState): readonly Point[] {
  const more = (now: readonly string[], then: readonly string[] = []): readonly string[] =>
    now.filter((each) => !then.includes(each));
  return [
    ...Object.entries(state.identities).flatMap(([name, { scopes }]) =>
      more(scopes, before.identities[name]?.scopes).map((scope) =>
        point('grown', `the client ${name} may use ${scope}`),
      ),
    ),
    ...Object.entries(state.items).flatMap(([name, { digest, approver }]) => {
      const then = before.items[name];
      if (then === undefined) return [point('grown', `${name} was added, approved by ${approver}`)];
      return then.digest === digest ? [] : [point('grown', `${name} is defined otherwise, approved by ${approver}`)];
    }),
    ...Object.entries(state.upstreams)
      .filter(([id, source]) => before.upstreams[id] !== source)
      .map(([id, source]) => point('grown', `the upstream ${id} is ${source}`)),
    ...more(state.hosts, before.hosts).map((host) => point('grown', `the host ${host} may be reached`)),
    ...more(state.issuers, before.issuers).map((issuer) => point('grown', `tokens of ${issuer} are accepted`)),
    ...more(Object.keys(state.secrets), Object.keys(before.secrets)).map((name) =>
      point('grown', `the secret ${name} was added`),
    ),
  ];
}

function endingOf({ ends }: ReviewState, now: number): readonly Point[] {
  return ends.flatMap(({ what, at }) => {
    const time = Date.parse(at);
    const on = at.slice(0, 10);
    if (time < now - DAY) return [point('expires', `${what} ended on ${on}`)];
    return time < now + AHEAD_DAYS * DAY ? [point('expires', `${what} ends on ${on}`)] : [];
  });
}

function unusedOf(state: ReviewState, { targets, clients }: Usage): readonly Point[] {
  const used = [...targets.keys()];
  const isUsed = (item: string): boolean => {
    const name = item.slice(item.search(/[/ ]/) + 1);
    // A gateway may serve a tool under its own name with a prefix.
    return used.some(
      (each) => each === name || (each.endsWith(name) && /[^a-z0-9]$/i.test(each.slice(0, -name.length))),
    );
  };
  const items = Object.entries(state.items);
  const scopes = new Set(items.flatMap(([, each]) => each.scopes));
  const usedScopes = new Set(items.filter(([name]) => isUsed(name)).flatMap(([, each]) => each.scopes));
  return [
    ...items.filter(([name]) => !isUsed(name)).map(([name]) => point('unused', `nobody used ${name}`)),
    ...[...scopes]
      .filter((scope) => !usedScopes.has(scope))
      .map((scope) => point('unused', `nobody used the scope ${scope}`)),
    ...Object.entries(state.identities)
      .filter(([, { client }]) => !clients.has(client))
      .map(([name]) => point('unused', `the client ${name} never came`)),
    ...Object.entries(state.secrets)
      .filter(([, { isNamed }]) => !isNamed)
      .map(([name]) => point('unused', `nothing of the configuration names the secret ${name}`)),
  ];
}
