import * as oauth from 'oauth4webapi';
import { configure, type OAuthClientRules } from '../../controls/oauth-client/control.ts';
import { metadataLocations } from '../../identity/discovery.ts';
import { isRecord } from '../../identity/json-shape.ts';
import { audiencesOf } from '../../identity/resource.ts';
import { readChallenge, scopesIn, type Challenge } from './challenge.ts';
import { MODERN_VERSION } from '../../protocol/versions.ts';
import type { Outbound } from './outbound.ts';
import { errorCode, Trouble, whyOf } from './trouble.ts';

/** The authorization server of an upstream. */
export interface Authority {
  readonly server: oauth.AuthorizationServer;
  /** Its issuer, letter by letter. */
  readonly issuer: string;
  /** Scopes that the upstream names in its challenge, or else in its metadata. */
  readonly scopes: readonly string[];
}

/** What is looked for. */
export interface Wanted {
  readonly outbound: Outbound;
  /** Where the upstream is asked. */
  readonly url: string;
  /** Canonical URL of the upstream. */
  readonly resource: string;
  /** The configured issuer; that of the upstream's metadata when absent. */
  readonly issuer: string | undefined;
  /** What is believed of metadata; what agrees with what was looked for when absent. */
  readonly rules?: OAuthClientRules;
}

const CAREFUL = configure(new Set());
const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const KEEP_MS = 600_000;
const DOUBT_MS = 10_000;
const HTTP: { readonly [oauth.allowInsecureRequests]: true } = { [oauth.allowInsecureRequests]: true };

/** Options of every request: the guard decides what may be http, for it knows the origin. */
export function requestOptions({ fetch }: Outbound): { readonly [oauth.customFetch]: Outbound['fetch'] } & typeof HTTP {
  return { [oauth.customFetch]: fetch, ...HTTP };
}

/** Finds the authorization server of one upstream. */
export interface Discovery {
  /** What was found is kept for ten minutes. @throws Trouble or HttpError. */
  find(): Promise<Authority>;
  /** A token was refused, and the upstream may have another server by now: what was found is dropped, once in ten seconds. */
  doubt(): void;
}

/** Makes one that has found nothing yet. */
export function createDiscovery(wanted: Wanted): Discovery {
  let doubted = 0;
  let known: { readonly authority: Promise<Authority>; readonly at: number } | undefined;
  return {
    find() {
      if (known !== undefined && Date.now() - known.at < KEEP_MS) return known.authority;
      const authority = discover(wanted);
      const mine = { authority, at: Date.now() };
      known = mine;
      authority.catch(() => {
        if (known === mine) known = undefined;
      });
      return authority;
    },
    doubt() {
      if (Date.now() - doubted < DOUBT_MS) return;
      doubted = Date.now();
      known = undefined;
    },
  };
}

async function discover({ outbound, url, resource, issuer, rules = CAREFUL }: Wanted): Promise<Authority> {
  if (issuer !== undefined) return { ...(await findServer(outbound, issuer, rules)), scopes: [] };
  const challenge = await challengeOf(outbound, url);
  const metadata = await resourceMetadata(outbound, resource, challenge?.metadata, rules);
  const [first] = metadata.servers;
  if (first === undefined) throw new Trouble(`the metadata of ${resource} names no authorization server`);
  const scopes = challenge === undefined || challenge.scopes.length === 0 ? metadata.scopes : challenge.scopes;
  return { ...(await findServer(outbound, first, rules)), scopes };
}

/** What the upstream answers to somebody without a token. What it answers else is no challenge, and nothing else is done. */
async function challengeOf({ fetch }: Outbound, url: string): Promise<Challenge | undefined> {
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-protocol-version': MODERN_VERSION,
    'mcp-method': 'server/discover',
  };
  const meta = {
    'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: meta } });
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
  return response?.status === 401 ? readChallenge(response.headers.get('www-authenticate') ?? undefined) : undefined;
}

interface ResourceMetadata {
  readonly servers: readonly string[];
  readonly scopes: readonly string[];
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

/**
 * The metadata of a protected resource: where its challenge says, or else at the location with its path and at the root. It
 * has to name exactly this resource: with another one a token would be asked for that is good somewhere else (RFC 9728
 * section 3.3).
 */
async function resourceMetadata(
  { fetch }: Outbound,
  resource: string,
  told: string | undefined,
  rules: OAuthClientRules,
): Promise<ResourceMetadata> {
  const { origin, pathname } = new URL(resource);
  const path = pathname === '/' ? '' : pathname;
  const known = path === '' ? [origin + WELL_KNOWN] : [origin + WELL_KNOWN + path, origin + WELL_KNOWN];
  const locations = told !== undefined && URL.canParse(told) ? [told] : known;
  for (const location of locations) {
    const response = await fetch(location, { method: 'GET', headers: { accept: 'application/json' } });
    if (response.status === 404) continue;
    if (response.status !== 200) throw new Trouble(`${location} answered ${response.status}`);
    const metadata: unknown = await response.json().catch(() => undefined);
    if (!isRecord(metadata)) throw new Trouble(`${location} answered what is no metadata`);
    const named = metadata['resource'];
    if (rules.isResource(named, audiencesOf(resource)))
      return { servers: textsIn(metadata['authorization_servers']), scopes: scopesIn(metadata['scopes_supported']) };
    throw new Trouble(
      `${location} names another resource than ${resource}. If that is meant, write it as "resource" of the credential`,
    );
  }
  throw new Trouble(`${resource} has no metadata of a protected resource. Write "issuer" into its credential`);
}

/** Finds the metadata of an issuer, which has to name exactly this issuer (RFC 8414 section 3.3). */
async function findServer(
  outbound: Outbound,
  issuer: string,
  rules: OAuthClientRules,
): Promise<Omit<Authority, 'scopes'>> {
  const url = URL.parse(issuer);
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw new Trouble('an issuer that is no plain URL');
  for (const location of metadataLocations(issuer)) {
    const response = await outbound.fetch(location, { method: 'GET', headers: { accept: 'application/json' } });
    if (response.status !== 200) continue;
    const named = await issuerIn(response.clone());
    if (named !== undefined && !rules.isIssuer(named, issuer))
      throw new Trouble(`${location} is the metadata of another issuer than ${issuer}`);
    const server = await oauth
      .processDiscoveryResponse(URL.parse(named ?? '') ?? url, response)
      .catch((error: unknown) => {
        throw new Trouble(`${location} is not the metadata of ${issuer}: ${whyOf(error)}`);
      });
    return { server, issuer };
  }
  throw new Trouble(`${issuer} has no metadata of an authorization server`);
}

/** The issuer that metadata names; `undefined` where it names none. */
async function issuerIn(response: Response): Promise<string | undefined> {
  const metadata: unknown = await response.json().catch(() => undefined);
  const named = isRecord(metadata) ? metadata['issuer'] : undefined;
  return typeof named === 'string' ? named : undefined;
}

/** Whether a refusal of a token endpoint says that what was shown to it is no longer good. */
export function isInvalidGrant(error: unknown): boolean {
  return error instanceof oauth.ResponseBodyError && errorCode(error.error) === 'invalid_grant';
}
