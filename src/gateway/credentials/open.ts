import type { SecretVault } from '../../secrets/secret.ts';
import type { CredentialOptions } from '../options.ts';
import type { Credential } from './credential.ts';
import { secretCredential } from './secret.ts';

/** What a credential may use of its deployment. */
export interface CredentialRuntime {
  readonly secrets: SecretVault;
}

/**
 * Opens the credential of an upstream.
 * @throws TypeError when the deployment says of it what cannot be.
 */
export function openCredential(id: string, options: CredentialOptions, runtime: CredentialRuntime): Credential {
  return secretCredential(id, options, runtime.secrets);
}

/** Names of the secrets that a credential uses. */
export function secretsOfCredential({ secret }: CredentialOptions): readonly string[] {
  return [secret];
}

/** Whether each principal has one of their own, so that no connection may be shared. */
export function isOfPrincipal({ kind }: CredentialOptions): boolean {
  return kind !== 'secret';
}
