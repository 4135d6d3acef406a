import { isObject, type JsonObject } from '../../protocol/json.ts';
import type { Seen } from './exchange.ts';
import { challengeOf, type Challenge } from './challenge.ts';
import type { HttpSide, LiveSubject } from './subject.ts';

const RESOURCE = '/.well-known/oauth-protected-resource';
const SERVER = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';
const MOST_SERVERS = 3;

/** A document that was fetched, with what it was. */
export interface Document {
  /** Its URL, without a query. */
  readonly url: string;
  readonly seen: Seen;
  /** Where it came with 200 and is a JSON object. */
  readonly json: JsonObject | undefined;
}

/** The metadata of one authorization server that the resource names. */
export interface ServerDocuments {
  readonly issuer: string;
  /** The first of its places that has one. */
  readonly metadata: Document | undefined;
}

/** What a client without anything but the URL finds out: the challenge, the metadata of the resource, those of its servers. */
export interface Discovered {
  /** What a request without a token came to. */
  readonly anonymous: Seen;
  readonly challenge: Challenge | undefined;
  /** The document that the challenge names, and those at the well-known places (RFC 9728 section 3.1). */
  readonly resource: readonly Document[];
  readonly servers: readonly ServerDocuments[];
}

const known = new WeakMap<LiveSubject, Promise<Discovered>>();

/** Follows the way of a client, once for all rules of a run. */
export function discover(subject: LiveSubject, http: HttpSide): Promise<Discovered> {
  const before = known.get(subject) ?? discoverOnce(subject, http);
  known.set(subject, before);
  return before;
}

async function discoverOnce(subject: LiveSubject, http: HttpSide): Promise<Discovered> {
  const connection = await subject.as('nobody', 'modern');
  const { method, params } = subject.home;
  const anonymous = await connection.ask('a request without a token', method, params);
  const challenge = challengeOf(anonymous.headers['www-authenticate']);
  const { url } = http;
  const path = url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '');
  const named = challenge?.parameters.get('resource_metadata');
  const places = new Set([
    ...(named === undefined ? [] : [named]),
    `${url.origin}${RESOURCE}${path}`,
    `${url.origin}${RESOURCE}`,
  ]);
  const resource: Document[] = [];
  for (const place of places) {
    const document = await fetchDocument(http, 'metadata of the resource', place);
    if (document !== undefined) resource.push(document);
  }
  const listed = resource.flatMap(({ json }) => stringsOf(json?.['authorization_servers']));
  const servers: ServerDocuments[] = [];
  for (const issuer of [...new Set(listed)].slice(0, MOST_SERVERS))
    servers.push({ issuer, metadata: await serverMetadata(http, issuer) });
  return { anonymous, challenge, resource, servers };
}

/** RFC 8414 section 3.1 puts the path behind the well-known place, OpenID Connect Discovery 4 before it. */
async function serverMetadata(http: HttpSide, issuer: string): Promise<Document | undefined> {
  const url = URL.parse(issuer);
  if (url === null) return undefined;
  const path = url.pathname.replace(/\/$/, '');
  const places = new Set([`${SERVER}${path}`, `${OPENID}${path}`, `${path}${OPENID}`]);
  for (const place of places) {
    const document = await fetchDocument(http, 'metadata of an authorization server', `${url.origin}${place}`);
    if (document?.json !== undefined) return document;
  }
  return undefined;
}

async function fetchDocument(http: HttpSide, label: string, place: string): Promise<Document | undefined> {
  const seen = await http.fetchNamed(`${label} at ${place}`, place);
  if (seen === undefined) return undefined;
  const isWhole = seen.exchange.status === 200 && seen.exchange.ending === 'answered';
  return { url: place, seen, json: isWhole ? seen.message : undefined };
}

/** The public keys that the authorization servers publish, few of each. */
export async function publishedKeys(http: HttpSide, { servers }: Discovered): Promise<readonly JsonObject[]> {
  const keys: JsonObject[] = [];
  for (const { metadata } of servers) {
    const place = metadata?.json?.['jwks_uri'];
    const document = typeof place === 'string' ? await fetchDocument(http, 'the keys', place) : undefined;
    const listed = document?.json?.['keys'];
    if (Array.isArray(listed)) keys.push(...listed.filter(isObject).slice(0, MOST_SERVERS));
  }
  return keys;
}

/** The texts of a list; none where it is no list. */
export function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
