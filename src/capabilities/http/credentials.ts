import { createRegistry } from '../../record/registry.ts';
import type { Secret, SecretVault } from '../../secrets/secret.ts';
import type { HostOptions } from '../capability.ts';
import { HttpError } from './error.ts';

/** The credentials of declared hosts. Values pass from the vault to the wire and are nowhere else. */
export interface Credentials {
  /** Names of the headers in which they are sent, in lower case. */
  readonly taken: ReadonlySet<string>;
  /**
   * The header for a host; `undefined` where it has no credential.
   * @throws HttpError `credential` when the value cannot be had, or cannot stand in a header.
   */
  headerFor(key: string): Promise<readonly [string, string] | undefined>;
  /** Takes every value that was sent out of a text that came back. */
  withhold(text: string): string;
}

interface Entry {
  readonly header: string;
  readonly prefix: string;
  readonly secret: Secret;
}

const HEADER = /^[a-z0-9-]{1,64}$/;
const NOT_FOR_CREDENTIALS = /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive)$/;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
/** Values before the present one may still be echoed by an answer that is under way. */
const REMEMBERED = 4;

/**
 * Reads the credentials of the hosts.
 * @throws TypeError on a header that cannot carry one, or a secret that the deployment does not have.
 */
export function openCredentials(hosts: ReadonlyMap<string, HostOptions>, vault: SecretVault): Credentials {
  const entries = new Map<string, Entry>();
  for (const [key, { credential }] of hosts) {
    if (credential === undefined) continue;
    const header = (credential.header ?? 'authorization').toLowerCase();
    if (!HEADER.test(header) || NOT_FOR_CREDENTIALS.test(header))
      throw new TypeError(
        `hosts.${key}.credential.header: ${JSON.stringify(credential.header)} can carry no credential.`,
      );
    const { scheme } = credential;
    if (scheme !== undefined && !/^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(scheme))
      throw new TypeError(`hosts.${key}.credential.scheme: write one word, such as "Bearer".`);
    const prefix = scheme === undefined ? '' : `${scheme} `;
    entries.set(key, { header, prefix, secret: vault.get(credential.secret) });
  }
  const sent = createRegistry();
  const known = new Map<string, () => void>();
  const remember = (value: string) => {
    if (known.has(value)) return;
    const [oldest] = known;
    if (known.size >= REMEMBERED * Math.max(1, entries.size) && oldest !== undefined) {
      oldest[1]();
      known.delete(oldest[0]);
    }
    known.set(value, sent.remember(value));
  };
  return {
    taken: new Set([...entries.values()].map(({ header }) => header)),
    async headerFor(key: string): Promise<readonly [string, string] | undefined> {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      const { header, prefix, secret } = entry;
      let value: string;
      try {
        value = await vault.reveal(secret);
        // INVARIANT: what goes out is known before it does, so that an echo of it can be taken out.
        remember(value);
      } catch {
        throw new HttpError('credential', `the secret ${secret.name} has no value that can be used`);
      }
      if (!VALUE.test(value)) throw new HttpError('credential', `the secret ${secret.name} cannot stand in a header`);
      return [header, prefix + value];
    },
    withhold: (text) => (known.size === 0 ? text : sent.replace(text, text.length)),
  };
}
