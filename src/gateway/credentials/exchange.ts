import { AsyncLocalStorage } from 'node:async_hooks';
import * as oauth from 'oauth4webapi';
import type { CapabilityContext } from '../../capabilities/capability.ts';
import { configure } from '../../controls/token-exchange/control.ts';
import { audiencesOf } from '../../identity/resource.ts';
import { deny } from '../../pipeline/decision.ts';
import { inboundTokenOf } from '../../server/inbound-token.ts';
import { Refusal } from '../../server/refusal.ts';
import { gatewayIssuer, signAssertion } from './assertion.ts';
import { createClientProof } from './client.ts';
import type { OpenCredential } from './credential.ts';
import { createDiscovery, requestOptions } from './discover.ts';
import type { ExchangeCredential } from './options.ts';
import { resourceOf, type CredentialParts } from './parts.ts';
import { publishKeys } from './published-keys.ts';
import { createKeyReader } from './signing-key.ts';
import { createTokenKeeper } from './token-keeper.ts';
import { bearer, bearerToken, claimsOf, readToken, type Token } from './token.ts';
import { refusalOf, Trouble, whyOf } from './trouble.ts';

const OWN = '';
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

/** What proves a caller to the authorization server. */
interface Subject {
  readonly token: string;
  readonly type: string;
}

/**
 * Exchanges what proves the caller for a token of the upstream (RFC 8693), for each credential that a caller comes with:
 * two clients of one user do not share what each of them may. The caller's own token goes to the configured authorization
 * server, which issued it, and nowhere else; it is read for one request and not kept.
 * @throws TypeError that says what to mend.
 */
export function openExchange(options: ExchangeCredential, parts: CredentialParts): OpenCredential {
  const { upstream, outbound, log } = parts;
  const { clientId, issuer, scopes } = options;
  const check = configure(parts.runtime.weakened ?? new Set());
  const resource = resourceOf(parts.url, options.resource);
  const audiences = options.audience === undefined ? audiencesOf(resource) : [options.audience];
  const authority = createDiscovery({ outbound, url: parts.url, resource, issuer });
  const proof = createClientProof(options, parts);
  const subjectOf = options.subject === 'assertion' ? createAsserted(options, parts) : presented(issuer);
  const current = new AsyncLocalStorage<string>();
  // By key one token alone is fetched, the gateway's own; every other is exchanged within a call.
  const keeper = createTokenKeeper({
    fetch: (key) => (key === OWN ? own() : Promise.reject(new Trouble('a token is exchanged within a call'))),
    remember: parts.remember,
  });
  const exchanging = new Map<string, Promise<Token>>();

  /** What is offered is looked at in the gateway's own name, where there is no caller. */
  async function own(): Promise<Token> {
    const { server } = await authority.find();
    const client: oauth.Client = { client_id: clientId };
    const wanted = new URLSearchParams({ resource, scope: scopes.join(' ') });
    const proven = await proof.authentication(server);
    const send = requestOptions(outbound);
    const response = await oauth.clientCredentialsGrantRequest(server, client, proven, wanted, send);
    return readToken(await oauth.processClientCredentialsResponse(server, client, response), { audiences, scopes });
  }

  async function exchange(context: CapabilityContext): Promise<Token> {
    const { server } = await authority.find();
    const client: oauth.Client = { client_id: clientId };
    const subject = await subjectOf(context);
    const wanted = new URLSearchParams({
      subject_token: subject.token,
      subject_token_type: subject.type,
      requested_token_type: ACCESS_TOKEN,
      resource,
      scope: scopes.join(' '),
    });
    const proven = await proof.authentication(server);
    const response = await oauth.genericTokenEndpointRequest(
      server,
      client,
      proven,
      GRANT,
      wanted,
      requestOptions(outbound),
    );
    const answer = await oauth.processGenericTokenEndpointResponse(server, client, response);
    const token = bearerToken(answer);
    const given = { token: token.value, claims: claimsOf(token.value), scope: answer.scope };
    const { principal } = context;
    const problem = check(given, {
      subjectToken: subject.token,
      audiences,
      scopes,
      actor: clientId,
      subject: principal.issuer === issuer ? principal.subject : undefined,
    });
    if (problem !== undefined) throw new Trouble(problem);
    return token;
  }

  /** Resolves with the key of the token that is there then. */
  async function prepare(context: CapabilityContext): Promise<string> {
    const key = keyOf(context.principal.id, context.principal.credential);
    if (keeper.peek(key) !== undefined) return key;
    let pending = exchanging.get(key);
    if (pending === undefined) {
      pending = exchange(context).finally(() => exchanging.delete(key));
      exchanging.set(key, pending);
    }
    const token = await pending;
    if (keeper.peek(key)?.value !== token.value) keeper.put(key, token);
    return key;
  }

  return {
    kind: options.kind,
    async during<T>(context: CapabilityContext, work: () => Promise<T>): Promise<T> {
      let key: string;
      try {
        key = await prepare(context);
      } catch (error) {
        log(`no exchange: ${whyOf(error)}`);
        throw refusalOf(upstream, error);
      }
      return current.run(key, work);
    },
    async headers(principal) {
      if (principal === '')
        return bearer(
          await keeper.get(OWN).catch((error: unknown) => {
            throw refusalOf(upstream, error);
          }),
        );
      const key = current.getStore();
      // INVARIANT: a request is made with the token of the call that it belongs to.
      const token = key?.startsWith(keyOf(principal, '')) === true ? keeper.peek(key) : undefined;
      if (token !== undefined) return bearer(token);
      const detail = `upstream ${upstream}: a request outside of a call of its principal`;
      throw new Refusal(deny('CREDENTIAL_UNAVAILABLE', { detail }));
    },
    refused(principal, status) {
      if (principal === '') return Promise.resolve(status === 401 && keeper.refused(OWN));
      const key = current.getStore();
      // Nothing is left in this call that could be exchanged once more; the next one does, once in a while.
      if (status === 401 && key !== undefined) keeper.refused(key);
      return Promise.resolve(false);
    },
    async close() {
      keeper.close();
      await outbound.close();
    },
  };
}

function keyOf(principal: string, credential: string): string {
  return `${principal} ${credential}`;
}

/** The token that the caller came with, for the server that issued it. */
function presented(issuer: string): (context: CapabilityContext) => Promise<Subject> {
  return (context) => {
    if (context.principal.issuer !== issuer)
      return Promise.reject(new Trouble('the caller comes from another issuer than the one of the exchange'));
    const token = inboundTokenOf(context);
    if (token === '') return Promise.reject(new Trouble('the caller came without a token'));
    return Promise.resolve({ token, type: ACCESS_TOKEN });
  };
}

/** A short assertion about the caller, where its own token is to stay here. */
function createAsserted(
  options: ExchangeCredential,
  parts: CredentialParts,
): (context: CapabilityContext) => Promise<Subject> {
  const { key } = options;
  if (key === undefined)
    throw new TypeError(`upstreams.${parts.upstream}.credential.key: name the secret that assertions are signed with.`);
  const read = createKeyReader(parts.reveal(key));
  const issuer = gatewayIssuer(undefined, parts);
  publishKeys(parts, key);
  return async ({ principal }) => {
    const { subject, client, issuer: home, tenant } = principal;
    // A subject is one person only together with its issuer and its tenant.
    const whose = { subject_issuer: home, ...(tenant === undefined ? {} : { subject_tenant: tenant }) };
    const more = { client_id: client, ...whose };
    const statement = { issuer, audience: options.issuer, subject, more };
    return { token: await signAssertion(await read(), statement), type: JWT };
  };
}
