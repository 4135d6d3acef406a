import type { Era } from '../../protocol/versions.ts';
import { resolveHost, type Reach, reachOf } from './addresses.ts';
import { createBudget, type Budget, type BudgetLimits } from './budget.ts';
import { outcomeOf, type Seen } from './exchange.ts';
import { explore, harmlessCalls, type Explored } from './explore.ts';
import { openHttpConnection } from './http-connection.ts';
import { createWire, type Wire } from './http-wire.ts';
import { createRedactor, type Redactor } from './redact.ts';
import type { Caller, HarmlessCall, HttpSide, LiveConnection, LiveSubject, OpenOptions } from './subject.ts';

/** Eras that are tried when nothing is said of it. */
export const ERAS: readonly Era[] = Object.freeze(['modern', 'legacy']);
const MOST_NAMED_ORIGINS = 4;
const SHORTEST_KEY = 8;
/** What bursts take is not taken from the others. */
const INTRUSIVE = Object.freeze({ requests: 2_500 });

/** A call that was named. */
export type NamedCall = Pick<HarmlessCall, 'name' | 'arguments'>;

/** What a run is given beside its target. */
export interface LiveOptions {
  readonly eras?: readonly Era[];
  /** Access tokens of test callers. They are sent to the target's origin and nowhere else, and never kept. */
  readonly tokens?: Partial<Readonly<Record<Exclude<Caller, 'nobody'>, string>>>;
  /** Calls that do no harm, by the word of who runs the audit. */
  readonly calls?: readonly NamedCall[];
  /** Such calls that read an object of the user's alone. */
  readonly ownCalls?: readonly NamedCall[];
  readonly isIntrusive?: boolean;
  readonly limits?: Partial<BudgetLimits>;
}

/** A subject that has connections to be closed. */
export interface OpenSubject extends LiveSubject {
  close(): Promise<void>;
}

/**
 * Makes a subject of an endpoint over HTTP.
 * @throws TypeError when the URL is no http or https URL, or carries credentials.
 */
export async function createHttpSubject(url: URL, options: LiveOptions = {}): Promise<OpenSubject> {
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`${url.protocol} is no http or https URL`);
  if (url.username !== '' || url.password !== '')
    throw new TypeError('the URL carries credentials; give a token with --token-env or --token-file');
  const budget = createBudget({ ...(options.isIntrusive === true ? INTRUSIVE : {}), ...options.limits });
  const redactor = createRedactor();
  const tokens = new Map(Object.entries(options.tokens ?? {}));
  for (const token of tokens.values()) redactor.hide(token, 'access token');
  // A key may stand in the query; what is short is no key, and would be cut out of every text.
  for (const value of url.searchParams.values()) if (value.length >= SHORTEST_KEY) redactor.hide(value, 'query value');
  const address = await resolveHost(url.hostname, (reach) => reach !== 'never');
  const shown = `${url.origin}${url.pathname}`;
  if (address === undefined) return unreached(shown, budget, options);
  const reach = reachOf(address.address);
  // Anyone on the way could read it, and the audit would have been the one who gave it away.
  const isInClear = url.protocol === 'http:' && reach !== 'loopback';
  if (isInClear) tokens.clear();
  const wire = createWire({ origin: url, address, budget, redactor });
  const hide: LiveSubject['hide'] = (secret, kind) => redactor.hide(secret, kind);
  let count = 0;
  const shared = new Map<string, Promise<LiveConnection>>();
  const open = (caller: Caller, era: Era, more: OpenOptions = {}): Promise<LiveConnection> => {
    const token = more.token ?? (caller === 'nobody' ? undefined : tokens.get(caller));
    if (more.token !== undefined) redactor.hide(more.token, 'access token');
    return openHttpConnection({
      wire,
      path: `${url.pathname}${url.search}`,
      host: url.host,
      era,
      token,
      capabilities: more.capabilities ?? {},
      nextId: () => `audit-${(count += 1)}`,
      hide,
    });
  };
  const as = (caller: Caller, era: Era): Promise<LiveConnection> => {
    const key = `${caller} ${era}`;
    const known = shared.get(key) ?? open(caller, era);
    shared.set(key, known);
    return known;
  };
  const explored = await explore(options.eras ?? ERAS, (era) => as('user', era));
  const side: HttpSide = {
    url,
    address,
    reach: reach === 'never' ? 'public' : reach,
    send: (request) => wire.send(request),
    fetchNamed: namedFetcher(url, reach, budget, redactor, wire),
  };
  return {
    files: [shown],
    unread:
      explored.eras.length > 0 ? [] : [{ file: shown, why: whyNot(explored.first, tokens.has('user'), isInClear) }],
    transport: 'http',
    ...partsOf(explored, options),
    isIntrusive: options.isIntrusive === true,
    budget,
    has: (caller) => caller === 'nobody' || tokens.has(caller),
    tokenOf: (caller) => tokens.get(caller),
    hide,
    clean: (text) => redactor.header('fact', text),
    as,
    open,
    http: side,
    async close() {
      for (const connection of await Promise.allSettled(shared.values()))
        if (connection.status === 'fulfilled') await connection.value.close();
      wire.close();
    },
  };
}

function partsOf(
  { eras, home, surface }: Explored,
  { calls = [], ownCalls = [] }: LiveOptions,
): Pick<LiveSubject, 'eras' | 'home' | 'surface' | 'harmless' | 'ownCalls'> {
  const harmless = harmlessCalls([...calls, ...ownCalls], surface.tools);
  return { eras, home, surface, harmless, ownCalls: ownCalls.map((call) => ({ ...call, isNamed: true })) };
}

/** A target whose name leads nowhere, or where no audit may go. */
function unreached(shown: string, budget: Budget, options: LiveOptions): OpenSubject {
  const surface = { tools: [], resources: [], prompts: [], capabilities: {}, serverInfo: {} };
  const nowhere = (): Promise<LiveConnection> => Promise.reject(new Error('the target has no address'));
  return {
    files: [shown],
    unread: [
      { file: shown, why: 'its name leads to no address, or to one that no audit may reach (link-local, metadata)' },
    ],
    transport: 'http',
    eras: [],
    home: { method: 'ping', params: {} },
    surface,
    harmless: [],
    ownCalls: [],
    isIntrusive: options.isIntrusive === true,
    budget,
    has: (caller) => caller === 'nobody',
    tokenOf: () => undefined,
    hide: () => undefined,
    as: nowhere,
    open: nowhere,
    close: () => Promise.resolve(),
  };
}

/** Why nothing is served, and what would help. */
function whyNot(first: readonly Seen[], hasToken: boolean, isInClear: boolean): string {
  const exchanges = first.map(({ exchange }) => exchange);
  const statuses = exchanges.map(({ status }) => status);
  const redirect = exchanges.find(({ status = 0 }) => status >= 300 && status < 400);
  if (redirect !== undefined)
    return `it redirects to ${redirect.headers['location'] ?? 'another place'}, which is not followed: audit that URL instead`;
  if (isInClear && (statuses.includes(401) || statuses.includes(403)))
    return 'it wants a token, and none is sent over plain HTTP: audit it by https, or from its own machine';
  if (statuses.includes(401) || statuses.includes(403))
    return hasToken
      ? 'it refuses the token that was given'
      : 'it wants a token and none was given: name a variable with --token-env or a file with --token-file';
  const [one] = exchanges;
  if (one === undefined || one.ending === 'unreachable') return 'there is no connection to it';
  if (exchanges.every((each) => outcomeOf(each) === 'unclear' && each.status === undefined))
    return `it gives no answer (${one.ending})`;
  return `it serves neither era: ${statuses.map((status) => status ?? 'no status').join(', ')}`;
}

/** Fetches what the target names elsewhere, from a few origins, each by an address that was looked at. */
function namedFetcher(
  target: URL,
  reach: Reach,
  budget: Budget,
  redactor: Redactor,
  own: Wire,
): HttpSide['fetchNamed'] {
  const wires = new Map<string, Promise<Wire | undefined>>();
  const wireTo = async (url: URL): Promise<Wire | undefined> => {
    const address = await resolveHost(url.hostname, (there) =>
      there === 'public' ? url.protocol === 'https:' || reach !== 'public' : reach !== 'public' && there !== 'never',
    );
    return address === undefined ? undefined : createWire({ origin: url, address, budget, redactor });
  };
  return async (label, text) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
    const request = {
      label,
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      headers: [
        ['Host', url.host],
        ['Accept', 'application/json'],
      ],
      isAlone: true,
    } as const;
    if (url.origin === target.origin) return own.send(request);
    if (!wires.has(url.origin) && wires.size >= MOST_NAMED_ORIGINS) return undefined;
    const wire = wires.get(url.origin) ?? wireTo(url);
    wires.set(url.origin, wire);
    return (await wire)?.send(request);
  };
}
