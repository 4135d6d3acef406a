import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { OpenCredential } from './credential.ts';
import type { AssertionCredential } from './options.ts';
import { resourceOf, type CredentialParts } from './parts.ts';
import { publishKeys } from './published-keys.ts';
import { createKeyReader, type SigningKey } from './signing-key.ts';
import { refusalOf } from './trouble.ts';

const SECONDS = 60;

/** What an assertion says. */
export interface Statement {
  /** Who signs, and acts. */
  readonly issuer: string;
  readonly audience: string;
  /** Whom it is about. */
  readonly subject: string;
  /** What else it says. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Signs an assertion that is good for a minute, once (RFC 7519, RFC 7523 section 3, RFC 8693 section 4.1 for `act`). */
export function signAssertion(
  { alg, kid, key }: SigningKey,
  { issuer, audience, subject, more = {} }: Statement,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...more, ...(subject === issuer ? {} : { act: { sub: issuer } }) })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + SECONDS)
    .sign(key);
}

/**
 * Who the gateway says that it is.
 * @throws TypeError when it has no URL and none is configured.
 */
export function gatewayIssuer(configured: string | undefined, { upstream, runtime }: CredentialParts): string {
  const issuer = configured ?? runtime.lent?.resource;
  if (issuer !== undefined) return issuer;
  throw new TypeError(
    `upstreams.${upstream}.credential: over stdio the gateway has no URL to sign in the name of. Write an issuer, and give the upstream the public key.`,
  );
}

/**
 * A fresh assertion with each request, for an upstream that verifies it with the published key. The subject is the key of
 * the principal: it tells the same subject of two issuers apart.
 * @throws TypeError on a secret that the deployment does not have, or without a URL of the gateway's.
 */
export function openAssertion(options: AssertionCredential, parts: CredentialParts): OpenCredential {
  const { upstream, outbound, reveal } = parts;
  const audience = options.audience ?? resourceOf(parts.url, undefined);
  const issuer = gatewayIssuer(options.issuer, parts);
  const read = createKeyReader(reveal(options.key));
  const stop = publishKeys(parts, options.key);
  return {
    kind: options.kind,
    async headers(principal) {
      try {
        // What is offered is looked at in the gateway's own name.
        const subject = principal === '' ? issuer : principal;
        const assertion = await signAssertion(await read(), { issuer, audience, subject });
        return { authorization: `Bearer ${assertion}` };
      } catch (error) {
        throw refusalOf(upstream, error);
      }
    },
    // Each request has a fresh one already.
    refused: () => Promise.resolve(false),
    async close() {
      stop();
      await outbound.close();
    },
  };
}
