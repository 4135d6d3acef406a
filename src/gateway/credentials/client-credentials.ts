import * as oauth from 'oauth4webapi';
import { configure } from '../../controls/oauth-client/control.ts';
import { audiencesOf } from '../../identity/resource.ts';
import { createClientProof } from './client.ts';
import type { OpenCredential } from './credential.ts';
import { createDiscovery, requestOptions } from './discover.ts';
import type { ClientCredentials } from './options.ts';
import { resourceOf, type CredentialParts } from './parts.ts';
import { createTokenKeeper } from './token-keeper.ts';
import { bearer, readToken, type Token } from './token.ts';
import { refusalOf, whyOf } from './trouble.ts';

/** All callers of an upstream share the gateway's own token. */
const ONLY = '';

/**
 * The gateway's own token for an upstream (RFC 6749 section 4.4, RFC 8707), kept until shortly before it ends.
 * @throws TypeError on a secret that the deployment does not have, or a resource that is not canonical.
 */
export function openClientCredentials(options: ClientCredentials, parts: CredentialParts): OpenCredential {
  const { upstream, outbound, remember, log } = parts;
  const { clientId, scopes = [] } = options;
  const resource = resourceOf(parts.url, options.resource);
  const proof = createClientProof(options, parts);
  const rules = configure(parts.runtime.weakened ?? new Set());
  const authority = createDiscovery({ outbound, url: parts.url, resource, issuer: options.issuer, rules });
  const audiences = options.audience === undefined ? audiencesOf(resource) : [options.audience];
  const fetch = async (): Promise<Token> => {
    const { server } = await authority.find();
    const client: oauth.Client = { client_id: clientId };
    const wanted = new URLSearchParams({ resource, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) });
    const authentication = await proof.authentication(server);
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      authentication,
      wanted,
      requestOptions(outbound),
    );
    return readToken(
      await oauth.processClientCredentialsResponse(server, client, response),
      { audiences, scopes },
      rules,
    );
  };
  const keeper = createTokenKeeper({ fetch, remember });
  return {
    kind: options.kind,
    async headers() {
      try {
        return bearer(await keeper.get(ONLY));
      } catch (error) {
        log(`no token: ${whyOf(error)}`);
        throw refusalOf(upstream, error);
      }
    },
    refused(_principal, status) {
      if (status !== 401) return Promise.resolve(false);
      authority.doubt();
      return Promise.resolve(keeper.refused(ONLY));
    },
    async close() {
      keeper.close();
      await outbound.close();
    },
  };
}
