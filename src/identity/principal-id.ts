import { hash } from 'node:crypto';

const ID = /^p[A-Za-z0-9_-]{43}$/;

/**
 * The stable key of a principal: "p" and the base64url SHA-256 of the JSON array of issuer, tenant (or null) and subject.
 * The letter keeps one in 64 from beginning with "-", which a command line would take for an option.
 */
export function principalId(issuer: string, tenant: string | undefined, subject: string): string {
  return `p${hash('sha256', JSON.stringify([issuer, tenant ?? null, subject]), 'base64url')}`;
}

/** Whether a text has the form of such a key. */
export function isPrincipalId(text: string): boolean {
  return ID.test(text);
}

/** The key of a credential: base64url SHA-256 of the token. */
export function credentialId(token: string): string {
  return hash('sha256', token, 'base64url');
}
