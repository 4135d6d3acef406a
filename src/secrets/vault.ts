import type { Profile } from '../pipeline/settings.ts';
import type { Redactor } from '../record/redact.ts';
import type { SecretOptions, SecretVault } from './secret.ts';

/** What a vault is opened with. */
export interface VaultContext {
  readonly profile: Profile;
  /** Learns each value in each of its forms before anyone can use it. */
  readonly redactor: Redactor;
  log(line: string): void;
}

/**
 * Opens the secrets of a deployment.
 * @throws TypeError on a reference that cannot be read, with the name and how to mend it.
 */
export async function openVault(
  options: Readonly<Record<string, SecretOptions>>,
  _context: VaultContext,
): Promise<SecretVault> {
  const names = Object.keys(options);
  const refuse = (name: string): never => {
    throw new TypeError(
      `The deployment has no secret ${JSON.stringify(name)}. Declared: ${names.join(', ') || 'none'}.`,
    );
  };
  for (const name of names) refuse(name);
  return {
    names,
    get: refuse,
    reveal: ({ name }) => refuse(name),
    watch: refuse,
    rotate: refuse,
    report: () => [],
    close: () => Promise.resolve(),
  };
}
