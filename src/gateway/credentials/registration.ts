import { hash } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import type { Sealer } from '../../pipeline/seal.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import type { Store } from '../../stores/store.ts';
import { basic } from './client.ts';
import { requestOptions } from './discover.ts';
import type { Outbound } from './outbound.ts';
import { errorCode, Trouble } from './trouble.ts';

/** A client that an authorization server made for this gateway. */
export interface Registered {
  readonly id: string;
  /** Its password, where it has one. */
  readonly secret: string | undefined;
  /** How the password is sent. */
  readonly method: Method;
}

type Method = 'none' | 'client_secret_basic' | 'client_secret_post';

/** What a registration is made with. */
export interface RegistrationParts {
  readonly upstream: string;
  /** What a person reads on the page of the authorization server. */
  readonly name: string;
  readonly redirectUri: string;
  readonly store: Store;
  readonly sealer: Sealer;
  readonly outbound: Outbound;
  /** Keeps a value out of every log. */
  readonly remember: (value: string) => unknown;
}

const KEEP_MS = 365 * 86_400_000;
const METHODS: readonly Method[] = ['none', 'client_secret_basic', 'client_secret_post'];
const ID = /^[\x20-\x7e]{1,2048}$/;

/**
 * Registers the gateway at the authorization server of an upstream (RFC 7591), once for each server and address to come back
 * to, for every instance on one store. What came of it is kept sealed, bound to the upstream and that server: it is
 * shown to no other.
 */
export function createRegistration(
  parts: RegistrationParts,
): (server: oauth.AuthorizationServer) => Promise<Registered> {
  const { upstream, redirectUri, store, sealer, remember } = parts;
  const making = new Map<string, Promise<Registered>>();

  async function find(issuer: string): Promise<Registered | undefined> {
    const sealed = await store.get(keyOf(issuer));
    const text = sealed === undefined ? undefined : sealer.open('upstream-client', contextOf(issuer), sealed);
    const known = text === undefined ? undefined : readRegistered(JSON.parse(text));
    if (known?.secret !== undefined) remember(known.secret);
    return known;
  }

  async function make(server: oauth.AuthorizationServer): Promise<Registered> {
    const known = await find(server.issuer);
    if (known !== undefined) return known;
    const { registered, keepMs } = await register(server, parts);
    if (registered.secret !== undefined) remember(registered.secret);
    const sealed = sealer.seal('upstream-client', contextOf(server.issuer), JSON.stringify(registered));
    if (await store.add(keyOf(server.issuer), sealed, keepMs)) return registered;
    // Another instance was first: all of them are the same client.
    const other = await find(server.issuer);
    if (other !== undefined) return other;
    await store.put(keyOf(server.issuer), sealed, keepMs);
    return registered;
  }

  function contextOf(issuer: string): readonly string[] {
    return [upstream, issuer, redirectUri];
  }

  function keyOf(issuer: string): string {
    return `upstream-client:${upstream}:${hash('sha256', JSON.stringify([issuer, redirectUri]), 'base64url')}`;
  }

  return async (server) => {
    const begun = making.get(server.issuer);
    if (begun !== undefined) return begun;
    const made = make(server).finally(() => making.delete(server.issuer));
    making.set(server.issuer, made);
    return made;
  };
}

async function register(
  server: oauth.AuthorizationServer,
  { name, redirectUri, outbound }: RegistrationParts,
): Promise<{ readonly registered: Registered; readonly keepMs: number }> {
  if (server.registration_endpoint === undefined)
    throw new Trouble(
      `${server.issuer} takes neither a client ID metadata document nor a registration. Register a client there for ${redirectUri}, and write its "clientId"`,
    );
  const method = methodOf(server);
  const request = {
    client_name: name,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'web',
    token_endpoint_auth_method: method,
  };
  const response = await oauth.dynamicClientRegistrationRequest(server, request, requestOptions(outbound));
  const made = await readResponse(server.issuer, response);
  const registered = readRegistered({
    id: made['client_id'],
    secret: made['client_secret'],
    method: made['token_endpoint_auth_method'] ?? method,
  });
  if (registered === undefined)
    throw new Trouble(`${server.issuer} registered a client that proves itself in no way that is known here`);
  const ends = Number(made['client_secret_expires_at'] ?? 0);
  const keepMs = ends === 0 ? KEEP_MS : Math.min(KEEP_MS, ends * 1000 - Date.now());
  if (!(keepMs > 0)) throw new Trouble(`${server.issuer} registered a client whose password has ended`);
  return { registered, keepMs };
}

/** Servers leave out when a password ends, which RFC 7591 section 3.2.1 wants: it is taken to last then. */
async function readResponse(issuer: string, response: Response): Promise<JsonObject> {
  const body: unknown = await response.json().catch(() => undefined);
  if ((response.status === 201 || response.status === 200) && isObject(body)) return body;
  const code = isObject(body) && typeof body['error'] === 'string' ? `: ${errorCode(body['error'])}` : '';
  throw new Trouble(`${issuer} registers no client (${response.status}${code})`);
}

/** A public client where the server takes one: PKCE proves more than a password that the server has just handed out. */
function methodOf({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer): Method {
  // RFC 8414 section 2: client_secret_basic when absent.
  if (methods === undefined) return 'client_secret_basic';
  const method = METHODS.find((each) => methods.includes(each));
  if (method === undefined) throw new Trouble('the authorization server takes no public client and no password');
  return method;
}

/** Reads what was registered or kept; `undefined` unless a client can be made of it. */
export function readRegistered(value: unknown): Registered | undefined {
  if (!isObject(value)) return undefined;
  const { id, secret } = value;
  const method = METHODS.find((each) => each === value['method']);
  if (typeof id !== 'string' || !ID.test(id) || method === undefined) return undefined;
  if (method === 'none') return { id, secret: undefined, method };
  return typeof secret === 'string' && secret !== '' ? { id, secret, method } : undefined;
}

/** How such a client authenticates. */
export function proofOf({ secret, method }: Registered): oauth.ClientAuth {
  if (method === 'none' || secret === undefined) return oauth.None();
  return method === 'client_secret_basic' ? basic(secret) : oauth.ClientSecretPost(secret);
}
