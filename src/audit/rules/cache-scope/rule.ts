import { canonicalJson } from '../../../protocol/canonical.ts';
import type { JsonObject } from '../../../protocol/json.ts';
import { describeExchange, outcomeOf, type Exchange, type Seen } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Caller, LiveSubject } from '../../live/subject.ts';
import type { Hit, RuleMeta } from '../../model.ts';
import { resultOf } from '../../probes/answers.ts';
import { shown } from '../../probes/tools.ts';
import { faultOfUsers } from '../../probes/two-users.ts';

const MOST_READ = 5;
/** What each answer may have of its own, whoever asks. */
const HINTS: ReadonlySet<string> = new Set(['_meta', 'resultType', 'ttlMs', 'cacheScope', 'nextCursor']);

const meta: RuleMeta = {
  id: 'cache-scope',
  title: 'Only what is the same for all callers is said to be public',
  failure: 'An answer is said to be public that is not the same for all callers',
  severity: 'medium',
  confidence: 'high',
  controls: ['ISO-07'],
  method: 'probe',
  remedy:
    'Say cacheScope "private" for whatever depends on the caller: lists that are filtered, and resources that not everybody may read. One scope for all pages of a list, and no ttlMs below 0.',
  references: ['MCP 2026-07-28 server/utilities/caching, cache scope field and security considerations'],
};

/** How another caller was answered. */
interface Compared {
  readonly caller: Caller;
  readonly came: 'same' | 'other' | 'refused' | 'unclear';
  readonly said: string;
}

/** One answer to the user, with what it says of itself. */
interface Cacheable {
  readonly what: string;
  readonly scope?: string;
  readonly ttlMs?: number;
  /** Scope of its second page, where there is one. */
  readonly nextScope?: string;
  /** Whether the user was answered the same before and after the others. */
  readonly isSteady: boolean;
  readonly compared: readonly Compared[];
}

interface Facts {
  readonly fault?: string;
  readonly answers: readonly Cacheable[];
}

/** Asks as others what the user was answered as public. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (subject.http === undefined || !subject.has('user') || !subject.eras.includes('modern')) return undefined;
    const exchanges: Exchange[] = [];
    const answers: Cacheable[] = [];
    for (const [what, method, params] of cacheables(subject)) {
      const answer = await look(subject, what, [method, params], exchanges);
      if (answer !== undefined) answers.push(answer);
    }
    const fault = faultOfUsers(subject);
    return { exchanges, facts: { answers, ...(fault === undefined ? {} : { fault }) } };
  },
  judge({ facts: { fault, answers } }) {
    const hits = answers.flatMap((answer) => hitsOf(answer));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} of ${answers.length}`, hits };
    const told = answers.filter(({ scope }) => scope !== undefined);
    if (told.length === 0) return unknown('no answer says who may keep it (cacheScope)');
    const open = told.filter(({ scope }) => scope === 'public');
    const moving = open.find(({ isSteady }) => !isSteady);
    if (moving !== undefined) return unknown(`${moving.what} is not the same twice for the user`);
    const unclear = open.flatMap(({ compared }) => compared).find(({ came }) => came === 'unclear');
    if (unclear !== undefined) return unknown(unclear.said);
    const isShared = (caller: Caller): boolean => caller === 'nobody' || (caller === 'second' && fault === undefined);
    const alone = open.find(
      ({ compared }) => !compared.some(({ caller, came }) => came === 'same' && isShared(caller)),
    );
    if (alone !== undefined) return unknown(fault ?? `${alone.what} could not be compared`);
    return { status: 'pass', why: `${meta.title}: ${open.length} of ${told.length} answers are public`, hits };
  },
});

function cacheables({
  surface,
}: LiveSubject): readonly (readonly [what: string, method: string, params: JsonObject])[] {
  const has = (name: string): boolean => Object.hasOwn(surface.capabilities, name);
  const lists = [
    ...(has('tools') ? ['tools/list'] : []),
    ...(has('prompts') ? ['prompts/list'] : []),
    ...(has('resources') ? ['resources/list', 'resources/templates/list'] : []),
  ];
  const uris = surface.resources.flatMap(({ uri }) => (typeof uri === 'string' ? [uri] : [])).slice(0, MOST_READ);
  return [
    ['server/discover', 'server/discover', {}],
    ...lists.map((method) => [method, method, {}] as const),
    ...uris.map((uri) => [`the resource ${shown(uri)}`, 'resources/read', { uri }] as const),
  ];
}

async function look(
  subject: LiveSubject,
  what: string,
  asked: readonly [method: string, params: JsonObject],
  exchanges: Exchange[],
): Promise<Cacheable | undefined> {
  const as = async (caller: Caller, label: string, more: JsonObject = {}): Promise<Seen> => {
    const [method, params] = asked;
    const seen = await (await subject.as(caller, 'modern')).ask(`${what} ${label}`, method, { ...params, ...more });
    exchanges.push(seen.exchange);
    return seen;
  };
  const first = await as('user', 'as the user');
  const result = resultOf(first);
  if (result === undefined || outcomeOf(first.exchange) !== 'served' || result['resultType'] === 'input_required')
    return undefined;
  const { cacheScope, ttlMs, nextCursor } = result;
  const scope = typeof cacheScope === 'string' ? cacheScope.slice(0, 20) : undefined;
  const compared: Compared[] = [];
  const others = (['second', 'low', 'nobody'] as const).filter((caller) => subject.has(caller));
  const own = contentOf(result);
  if (scope === 'public')
    for (const caller of others) {
      const one = compare(caller, own, await as(caller, `as ${NAMES[caller]}`));
      // That a token is wanted, or more scopes, says nothing of who has them.
      if (caller === 'second' || one.came === 'same' || one.came === 'other') compared.push(one);
    }
  const again = scope === 'public' ? contentOf(resultOf(await as('user', 'as the user once more'))) : own;
  const next =
    typeof nextCursor === 'string'
      ? resultOf(await as('user', 'on its second page', { cursor: nextCursor }))
      : undefined;
  const nextScope = next?.['cacheScope'];
  return {
    what,
    ...(scope === undefined ? {} : { scope }),
    ...(typeof ttlMs === 'number' ? { ttlMs } : {}),
    ...(typeof nextScope === 'string' ? { nextScope: nextScope.slice(0, 20) } : {}),
    isSteady: own === again,
    compared,
  };
}

const NAMES = { second: 'the other user', low: 'the user with fewer scopes', nobody: 'nobody' } as const;

function compare(caller: keyof typeof NAMES, own: string, seen: Seen): Compared {
  const said = `${NAMES[caller]}: ${describeExchange(seen.exchange)}`;
  // A token that is not taken at all says nothing of what it may read.
  const outcome = seen.exchange.status === 401 ? 'unclear' : outcomeOf(seen.exchange);
  if (outcome !== 'served') return { caller, came: outcome, said };
  return { caller, came: contentOf(resultOf(seen)) === own ? 'same' : 'other', said };
}

/** What is answered, in whichever order. */
function contentOf(result: JsonObject | undefined): string {
  const members = Object.entries(result ?? {})
    .filter(([key]) => !HINTS.has(key))
    .map(([key, value]): readonly [string, unknown] => [
      key,
      Array.isArray(value) ? value.map((each: unknown) => canonicalJson(each)).toSorted() : value,
    ]);
  return canonicalJson(Object.fromEntries(members));
}

function hitsOf({ what, scope, ttlMs, nextScope, isSteady, compared }: Cacheable): readonly Hit[] {
  const hits: Hit[] = [];
  const isPublic = scope === 'public';
  const differs = compared.find(({ came }) => came === 'other') ?? compared.find(({ came }) => came === 'refused');
  if (isPublic && isSteady && differs !== undefined)
    hits.push({
      message:
        differs.came === 'other'
          ? 'an answer is said to be public, and is another one for another caller'
          : 'an answer is said to be public, and refused to another caller',
      place: { exchange: what },
      evidence: `cacheScope "public", ttlMs ${ttlMs ?? 'absent'}; ${differs.said}`,
      // What is stale at once is given to nobody else, but where the server cannot be reached.
      ...(ttlMs === undefined || ttlMs <= 0 ? { severity: 'low' } : {}),
    });
  if (nextScope !== undefined && scope !== undefined && nextScope !== scope)
    hits.push({
      message: 'the pages of a list do not have one scope',
      place: { exchange: what },
      evidence: `the first page says "${scope}", the second "${nextScope}"`,
      severity: 'low',
    });
  if (ttlMs !== undefined && ttlMs < 0)
    hits.push({
      message: 'an answer may be kept for a time below 0',
      place: { exchange: what },
      evidence: `ttlMs ${ttlMs}`,
      severity: 'low',
    });
  return hits;
}
