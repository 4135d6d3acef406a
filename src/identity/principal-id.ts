import { hash } from 'node:crypto';

/** The stable key of a principal: base64url SHA-256 of the JSON array of issuer, tenant (or null) and subject. */
export function principalId(issuer: string, tenant: string | undefined, subject: string): string {
  return hash('sha256', JSON.stringify([issuer, tenant ?? null, subject]), 'base64url');
}

/** The key of a credential: base64url SHA-256 of the token. */
export function credentialId(token: string): string {
  return hash('sha256', token, 'base64url');
}
