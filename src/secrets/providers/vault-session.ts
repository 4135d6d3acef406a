import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isSecureUrl } from '../../identity/resource.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import type { ProviderContext } from '../provider.ts';
import { SERVICE_ACCOUNT, type VaultLogin, type VaultSettings } from '../provider-settings.ts';
import { type JsonAnswer, requestJson } from './json-request.ts';
import { readSecretFile, textOf } from './secret-file.ts';

/** A way to ask HashiCorp Vault as this server. */
export interface VaultSession {
  /** @throws Error that says why there is no answer. */
  get(path: string, signal: AbortSignal): Promise<JsonAnswer>;
  close(): void;
}

interface Token {
  readonly value: string;
  readonly expiresAt: number;
  readonly renewable: boolean;
}

const [RENEW_MS, LONGEST_MS] = [10_000, 2_147_483_647];
/** A token is renewed when two thirds of its life are over. */
const RENEW_AT = 2 / 3;

/**
 * Opens a session that signs in when it has to, and renews its token while it lives.
 * @throws TypeError for an address to which a token cannot be sent.
 */
export function createVaultSession(settings: VaultSettings, context: ProviderContext): VaultSession {
  const base = readAddress(settings.address);
  let token: Token | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const send = async (method: 'GET' | 'POST', path: string, signal: AbortSignal, more: Sent = {}) => {
    const { namespace, ca } = settings;
    return requestJson({
      url: new URL(`v1/${path}`, base),
      method,
      signal,
      headers: {
        // Vault's agents and proxies refuse requests without it that a browser was tricked into.
        'x-vault-request': 'true',
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        ...(more.token === undefined ? {} : { 'x-vault-token': more.token }),
      },
      ca: ca === undefined ? undefined : await readFile(resolve(context.folder, ca), 'utf8'),
      ...(more.body === undefined ? {} : { body: more.body }),
    });
  };

  const adopt = (answer: JsonAnswer, value: string | undefined): Token => {
    const auth = isObject(answer.body['auth']) ? answer.body['auth'] : {};
    const given = value ?? auth['client_token'];
    if (answer.status !== 200 || typeof given !== 'string')
      throw new Error(`Vault refused the sign-in (${answer.status})`);
    context.remember(given);
    const seconds = Number(auth['lease_duration'] ?? 0);
    const next = { value: given, expiresAt: expiry(seconds), renewable: auth['renewable'] === true };
    token = next;
    clearTimeout(timer);
    if (next.renewable && seconds > 0 && !closed)
      timer = setTimeout(() => void renew(), Math.min(seconds * 1000 * RENEW_AT, LONGEST_MS)).unref();
    return next;
  };

  const renew = async (): Promise<void> => {
    const present = token;
    if (present === undefined || closed) return;
    try {
      const signal = AbortSignal.timeout(RENEW_MS);
      adopt(await send('POST', 'auth/token/renew-self', signal, { token: present.value, body: {} }), present.value);
    } catch {
      // The next reading signs in again.
      if (token === present && settings.auth.kind !== 'token') token = undefined;
    }
  };

  const signIn = async (signal: AbortSignal): Promise<Token> => {
    const { auth } = settings;
    if (auth.kind !== 'token') {
      const { path, body } = await loginOf(auth, context);
      return adopt(await send('POST', path, signal, { body }), undefined);
    }
    const value = await readCredential(auth.file, context, context.profile);
    const known = await send('GET', 'auth/token/lookup-self', signal, { token: value });
    const data = isObject(known.body['data']) ? known.body['data'] : {};
    const facts = { lease_duration: data['ttl'] ?? 0, renewable: data['renewable'] === true };
    // A policy may not let a token look at itself: what it may read is told by reading.
    return adopt({ ...known, status: 200, body: { auth: facts } }, value);
  };

  const present = async (signal: AbortSignal): Promise<Token> => {
    const { auth } = settings;
    const held = token;
    if (held === undefined || held.expiresAt <= Date.now()) return signIn(signal);
    if (auth.kind !== 'token') return held;
    // Vault Agent writes a new token over the old one.
    return (await readCredential(auth.file, context, context.profile)) === held.value ? held : signIn(signal);
  };

  return {
    async get(path, signal) {
      const held = token;
      const used = await present(signal);
      const answer = await send('GET', path, signal, { token: used.value });
      // A token that was revoked, or whose policies changed, since it was given: once, with a new one.
      if (answer.status !== 403 || used !== held) return answer;
      token = undefined;
      return send('GET', path, signal, { token: (await signIn(signal)).value });
    },
    close() {
      closed = true;
      clearTimeout(timer);
      token = undefined;
    },
  };
}

interface Sent {
  readonly token?: string;
  readonly body?: JsonObject;
}

function expiry(seconds: number): number {
  return seconds > 0 ? Date.now() + seconds * 1000 : Number.POSITIVE_INFINITY;
}

function readAddress(address: string): URL {
  const url = URL.parse(address);
  if (url === null || !isSecureUrl(url) || url.username !== '' || url.password !== '' || url.search !== '')
    throw new TypeError('vault.address: give an https URL without credentials; http is for loopback alone.');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

async function loginOf(auth: Exclude<VaultLogin, { kind: 'token' }>, context: ProviderContext) {
  const mount = encodePath(auth.mount ?? auth.kind);
  const path = `auth/${mount}/login`;
  if (auth.kind === 'approle') {
    const secret = await readCredential(auth.file, context, context.profile);
    return { path, body: { role_id: auth.role, secret_id: secret } };
  }
  // Kubernetes mounts it readable for everyone in the container.
  const jwt = await readCredential(auth.file ?? SERVICE_ACCOUNT, context, 'dev');
  return { path, body: { role: auth.role, jwt } };
}

async function readCredential(
  file: string,
  { folder, remember }: ProviderContext,
  profile: ProviderContext['profile'],
) {
  const path = resolve(folder, file);
  const value = textOf((await readSecretFile(path, profile)).bytes, path);
  if (!/^[\x21-\x7e]{6,}$/.test(value)) throw new Error(`${path} holds no credential`);
  remember(value);
  return value;
}

/** The path of an API call. @throws TypeError when a part of it could lead elsewhere. */
export function encodePath(path: string): string {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new TypeError(`"${path}" is no path in Vault`);
  return parts.map(encodeURIComponent).join('/');
}
