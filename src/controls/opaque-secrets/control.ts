import type { Secret, SecretVault } from '../../secrets/secret.ts';

/** What a handler is handed for a secret that it declared. */
export type HandOver = (vault: SecretVault, name: string) => Secret;

/**
 * A handler is handed an object that stands for the secret and cannot be read. Capabilities take it and have the value
 * from the vault.
 */
export function configure(weakened: ReadonlySet<string>): HandOver {
  return weakened.has('opaque-secrets') ? handReadable : (vault, name) => vault.get(name);
}

/** The value itself, as the attack needs it: every handler can print it. */
function handReadable(vault: SecretVault, name: string): Secret {
  const secret = vault.get(name);
  const value = vault.reveal(secret);
  if (typeof value !== 'string') throw new Error(`the secret "${name}" has no value yet`);
  return {
    name,
    hmac: (algorithm, data) => secret.hmac(algorithm, data),
    verify: (algorithm, data, mac) => secret.verify(algorithm, data, mac),
    toString: () => value,
    toJSON: () => value,
  };
}
