import type { JsonObject } from '../../protocol/json.ts';
import type { Era } from '../../protocol/versions.ts';
import { challengeOf } from '../live/challenge.ts';
import { describeExchange, outcomeOf, type Exchange, type Seen } from '../live/exchange.ts';
import { listWhole } from '../live/explore.ts';
import { inEra } from '../live/live-rule.ts';
import type { LiveConnection, LiveSubject } from '../live/subject.ts';
import { resultOf } from './answers.ts';
import { contentsOf, holdsContents, steadyContents, type Contents } from './contents.ts';
import { madeUpArguments, madeUpUri, type MadeUp } from './made-up.ts';
import { shown } from './tools.ts';
import { faultOfUsers } from './two-users.ts';

/** What an object of the user came to with the other user. */
export interface ForeignObject {
  readonly what: string;
  readonly kind: 'resource' | 'call';
  readonly era: Era;
  /**
   * - `kept`: it was refused, or answered as if there were none.
   * - `given`: the other was served what the user was.
   * - `unclear`: neither can be said, and `why`.
   */
  readonly came: 'kept' | 'given' | 'unclear';
  readonly why: string;
  /** How it is refused, and how one that does not exist, where these differ. */
  readonly oracle?: { readonly existing: string; readonly madeUp: string };
}

/** All that was tried. */
export interface ForeignObjects {
  /** Why nothing could be tried. */
  readonly fault?: string;
  readonly objects: readonly ForeignObject[];
  readonly exchanges: readonly Exchange[];
}

interface Attempt {
  readonly what: string;
  readonly kind: ForeignObject['kind'];
  readonly method: string;
  readonly params: JsonObject;
  readonly madeUp: MadeUp | undefined;
}

const [MOST_RESOURCES, MOST_CALLS] = [5, 6];
const NOTHING =
  "nothing is known to be the user's alone: name a call that reads such an object with --own-call tool='{...}'";
const known = new WeakMap<LiveSubject, Promise<ForeignObjects>>();

/** Reads what is the user's as the other user, once for all rules of a run. */
export function foreignObjects(subject: LiveSubject): Promise<ForeignObjects> {
  const before = known.get(subject) ?? tryAll(subject);
  known.set(subject, before);
  return before;
}

async function tryAll(subject: LiveSubject): Promise<ForeignObjects> {
  const fault = faultOfUsers(subject);
  if (fault !== undefined) return { fault, objects: [], exchanges: [] };
  const objects: ForeignObject[] = [];
  const exchanges: Exchange[] = [];
  for (const era of subject.eras) {
    const [user, second] = [await subject.as('user', era), await subject.as('second', era)];
    const hello = await second.ask(inEra('the other user', era), subject.home.method, subject.home.params);
    if (outcomeOf(hello.exchange) !== 'served')
      return { fault: `the other user is not served (${describeExchange(hello.exchange)})`, objects: [], exchanges };
    for (const attempt of [...ownCalls(subject), ...(await ownResources(subject, user, second))])
      objects.push(await tryOne(attempt, user, second, exchanges));
  }
  return objects.length === 0 ? { fault: NOTHING, objects, exchanges } : { objects, exchanges };
}

function ownCalls({ ownCalls: calls }: LiveSubject): readonly Attempt[] {
  return calls.slice(0, MOST_CALLS).map(({ name, arguments: args }) => {
    const madeUp = madeUpArguments(args);
    return {
      what: `the call ${shown(`${name} ${JSON.stringify(args)}`)}`,
      kind: 'call',
      method: 'tools/call',
      params: { name, arguments: args },
      madeUp: madeUp && { ...madeUp, params: { name, arguments: madeUp.params } },
    };
  });
}

async function ownResources(
  subject: LiveSubject,
  user: LiveConnection,
  second: LiveConnection,
): Promise<readonly Attempt[]> {
  const uris = await ownUris(subject, user, second);
  return uris.map((uri) => ({
    what: `the resource ${shown(uri)}`,
    kind: 'resource',
    method: 'resources/read',
    params: { uri },
    madeUp: madeUpUri(uri),
  }));
}

/** Resources that the user's list has, and that of the other has not, both as they are now: at most five. */
export async function ownUris(
  { surface }: LiveSubject,
  user: LiveConnection,
  second: LiveConnection,
): Promise<readonly string[]> {
  if (surface.resources.length === 0) return [];
  const theirs = await listWhole(second, 'resources', 'resources/list');
  const mine = await listWhole(user, 'resources', 'resources/list');
  if (theirs === undefined || mine === undefined) return [];
  const others = new Set(theirs.map(({ uri }) => uri));
  return mine.flatMap(({ uri }) => (typeof uri === 'string' && !others.has(uri) ? [uri] : [])).slice(0, MOST_RESOURCES);
}

async function tryOne(
  { what, kind, method, params, madeUp }: Attempt,
  user: LiveConnection,
  second: LiveConnection,
  exchanges: Exchange[],
): Promise<ForeignObject> {
  const { era } = user;
  const ask = async (who: LiveConnection, label: string, asked: JsonObject): Promise<Seen> => {
    const seen = await who.ask(inEra(`${what} ${label}`, era), method, asked);
    exchanges.push(seen.exchange);
    return seen;
  };
  const own = await ask(user, 'as the user', params);
  const foreign = await ask(second, 'as the other user', params);
  const again = await ask(user, 'as the user once more', params);
  const told = (came: ForeignObject['came'], why: string): ForeignObject => ({ what, kind, era, came, why });
  const lost = [own, again].find(({ exchange }) => outcomeOf(exchange) !== 'served');
  if (lost !== undefined) return told('unclear', `it is not served to the user: ${describeExchange(lost.exchange)}`);
  const named = madeUp?.named ?? [];
  const steady = steadyContents(contentsIn(own, named), contentsIn(again, named));
  if (steady === undefined) return told('unclear', 'no part of the answer to the user stays the same');
  const outcome = outcomeOf(foreign.exchange);
  if (outcome === 'unclear') return told('unclear', describeExchange(foreign.exchange));
  const none = madeUp === undefined ? undefined : await ask(second, 'that was made up', madeUp.params);
  if (outcome === 'refused') {
    const oracle = none === undefined ? undefined : oracleOf(foreign, none, named);
    return { ...told('kept', describeExchange(foreign.exchange)), ...(oracle === undefined ? {} : { oracle }) };
  }
  const given = contentsIn(foreign, named);
  const isNone = none !== undefined && isServed(none) && isAlike(given, contentsIn(none, named));
  if (!holdsContents(given, steady)) {
    if (madeUp === undefined || isNone) return told('kept', 'each user has an answer of their own');
    return told('unclear', 'the other user is served something else than the user: compare the two by hand');
  }
  // The same for an object that nobody has says nothing of this one.
  if (isNone) return told('unclear', 'the answer is the same for an object that was made up: name one that exists');
  return told('given', describeExchange(foreign.exchange));
}

function contentsIn(seen: Seen, named: readonly string[]): Contents {
  return contentsOf(resultOf(seen) ?? {}, named);
}

function isServed({ exchange }: Seen): boolean {
  return outcomeOf(exchange) === 'served';
}

function isAlike(one: Contents, other: Contents): boolean {
  return one.size === other.size && holdsContents(one, other);
}

/** A refusal that asks for scopes is about the caller and not about the object. */
function oracleOf(existing: Seen, none: Seen, named: readonly string[]): ForeignObject['oracle'] {
  const asksForScope = challengeOf(existing.headers['www-authenticate'])?.parameters.get('error') !== undefined;
  if (asksForScope || outcomeOf(none.exchange) !== 'refused') return undefined;
  const [one, other] = [refusalOf(existing, named), refusalOf(none, named)];
  return one === other ? undefined : { existing: one, madeUp: other };
}

/** What a refusal says, without what is different each time. */
function refusalOf({ exchange, message }: Seen, named: readonly string[]): string {
  const { status, answer } = exchange;
  const values = [...contentsOf({ content: resultOf({ message })?.['content'] }, named).values()].join(' ');
  const error = answer?.kind === 'error' ? [...contentsOf({ text: answer.message }, named).values()].join(' ') : '';
  const said = `${values}${error}`.replaceAll(/\bstring /g, '').replaceAll(/[\w-]{16,}/g, '*');
  const code = answer?.kind === 'error' ? `error ${answer.code ?? 'without a code'}` : 'a tool error';
  return `${status ?? ''} ${code} ${said.replaceAll(/\d+/g, '0').slice(0, 160)}`.trim();
}
