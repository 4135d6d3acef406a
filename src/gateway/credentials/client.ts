import * as oauth from 'oauth4webapi';
import type { ClientOptions, TokenOptions } from './options.ts';
import type { CredentialParts } from './parts.ts';
import { createKeyReader, type SigningKey } from './signing-key.ts';

/** How the gateway proves who it is. */
export interface ClientProof {
  /** What goes with a request to the token endpoint of a server. */
  authentication(server: oauth.AuthorizationServer): Promise<oauth.ClientAuth>;
  /** The key of `private_key_jwt`, where there is one. */
  readonly key: (() => Promise<SigningKey>) | undefined;
}

/**
 * Reads how a client authenticates.
 * @throws TypeError on a secret that the deployment does not have, and on a password that any server could be sent.
 */
export function createClientProof(
  { clientSecret, clientKey, issuer }: ClientOptions & TokenOptions,
  { upstream, reveal }: CredentialParts,
): ClientProof {
  if (clientKey !== undefined) {
    const key = createKeyReader(reveal(clientKey));
    return {
      key,
      async authentication() {
        const { key: own, kid } = await key();
        return oauth.PrivateKeyJwt({ key: own, kid });
      },
    };
  }
  if (clientSecret === undefined) return { key: undefined, authentication: () => Promise.resolve(oauth.None()) };
  // An upstream that names its own authorization server would be given the password of another one.
  if (issuer === undefined)
    throw new TypeError(`upstreams.${upstream}.credential.issuer: write where the client's password goes.`);
  const read = reveal(clientSecret);
  return {
    key: undefined,
    async authentication({ token_endpoint_auth_methods_supported: methods }) {
      const secret = await read();
      const post = methods !== undefined && !methods.includes('client_secret_basic');
      return post ? oauth.ClientSecretPost(secret) : basic(secret);
    },
  };
}

/**
 * Basic authentication with what forms encode and nothing more (RFC 6749 section 2.3.1): servers that compare without decoding
 * take an id with a hyphen then too.
 */
export function basic(secret: string): oauth.ClientAuth {
  const encoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
  return (_server, { client_id: id }, _body, headers) => {
    headers.set('authorization', `Basic ${btoa(`${encoded(id)}:${encoded(secret)}`)}`);
  };
}
