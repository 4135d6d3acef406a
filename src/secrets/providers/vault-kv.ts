import { setTimeout as pause } from 'node:timers/promises';
import { isObject } from '../../protocol/json.ts';
import type { Provider, ProviderContext, Reading } from '../provider.ts';
import type { JsonAnswer } from './json-request.ts';
import { createVaultSession, encodePath, type VaultSession } from './vault-session.ts';

const [ATTEMPTS, FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [4, 100, 3_000];
/** Over the limit of its quota, and what a failing, sealed or overloaded Vault answers. */
const TRANSIENT: ReadonlySet<number> = new Set([412, 429, 500, 502, 503, 504]);

/**
 * Reads `vault:<mount>/data/<path>#<field>` from a key-value engine of version 2 (HashiCorp Vault HTTP API, KV secrets
 * engine version 2, "Read secret version").
 * @throws TypeError when the settings do not say where Vault is.
 */
export function createVaultProvider(context: ProviderContext): Provider {
  const { vault } = context.settings;
  if (vault === undefined)
    throw new TypeError('vault: secrets need the address of Vault and a way to sign in (secretProviders.vault)');
  const session = createVaultSession(vault, context);
  return {
    async read(locator, signal) {
      const { path, field } = parseLocator(locator);
      return readAnswer(await getPatiently(session, path, signal), locator, field);
    },
    close: () => session.close(),
  };
}

function parseLocator(locator: string): { readonly path: string; readonly field: string } {
  const [path = '', field = '', more] = locator.split('#');
  if (!/^[^/]+(?:\/[^/]+)*\/data\/[^/]/.test(path) || field === '' || more !== undefined)
    throw new TypeError('write it as vault:<mount>/data/<path>#<field>');
  return { path: encodePath(path), field };
}

/** Asks again while what is wrong may pass, as long as the reading has time. */
async function getPatiently(session: VaultSession, path: string, signal: AbortSignal): Promise<JsonAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await session.get(path, signal).catch(explainFailure);
    if (!TRANSIENT.has(answer.status) || attempt === ATTEMPTS) return answer;
    const asked = Number(answer.headers['retry-after'] ?? Number.NaN) * 1000;
    const span = Number.isFinite(asked) ? asked : FIRST_PAUSE_MS * 2 ** attempt;
    await pause(Math.min(span, LONGEST_PAUSE_MS), undefined, { signal, ref: false }).catch(explainFailure);
  }
}

function explainFailure(cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (code === undefined || code.startsWith('ERR_ASSERTION')) throw cause;
  throw new Error(code === 'ABORT_ERR' ? 'Vault did not answer in time' : `Vault cannot be reached (${code})`, {
    cause,
  });
}

function readAnswer({ status, body }: JsonAnswer, locator: string, field: string): Reading {
  const data = isObject(body['data']) ? body['data'] : {};
  const metadata = isObject(data['metadata']) ? data['metadata'] : {};
  const version = `version ${String(metadata['version'])}`;
  if (status === 404 && typeof metadata['deletion_time'] === 'string' && metadata['deletion_time'] !== '')
    throw new Error(`${version} of ${locator} was deleted`);
  if (status === 404) throw new Error(`Vault has nothing at ${locator}`);
  if (status === 403) throw new Error(`Vault does not let this server read ${locator}: check its policy`);
  if (status === 429) throw new Error('Vault has had too many requests (429)');
  if (status === 503) throw new Error('Vault is sealed or in maintenance (503)');
  if (status !== 200) throw new Error(`Vault answered ${status}`);
  if (metadata['destroyed'] === true) throw new Error(`${version} of ${locator} was destroyed`);
  const fields = isObject(data['data']) ? data['data'] : undefined;
  if (fields === undefined) throw new Error(`what is at ${locator} is no secret of a version 2 key-value engine`);
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value !== 'string') throw new Error(`${locator}: there is no text in that field`);
  const madeAt = Date.parse(String(metadata['created_time']));
  return { value, version, ...(Number.isFinite(madeAt) ? { madeAt } : {}) };
}
