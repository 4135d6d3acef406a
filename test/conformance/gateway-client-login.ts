import { randomBytes } from 'node:crypto';
import type { Lent } from '../../src/capabilities/lent.ts';
import { readChallenge } from '../../src/gateway/credentials/challenge.ts';
import type { Credential } from '../../src/gateway/credentials/credential.ts';
import { createLoginClient } from '../../src/gateway/credentials/login-client.ts';
import { createParts } from '../../src/gateway/credentials/parts.ts';
import { readPlace } from '../../src/gateway/http/place.ts';
import { reaching } from '../../src/gateway/http/reach.ts';
import { openTls } from '../../src/gateway/http/tls.ts';
import { isObject, type JsonObject } from '../../src/protocol/json.ts';
import type { Era } from '../../src/protocol/versions.ts';
import { createSealer } from '../../src/pipeline/seal.ts';
import { createRedactor } from '../../src/record/redact.ts';
import { openVault } from '../../src/secrets/vault.ts';
import { createRuntime } from '../support/runtime.ts';

const PAGE = 'https://conformance-test.local';
const ID = 'suite';

/**
 * Logs in at the server of a scenario and calls its tools, with the login and the link of the gateway. What a person does in a
 * browser is done at once: the suite's authorization server asks nobody.
 */
export async function callWithLogin(url: string, era: Era, told: JsonObject): Promise<void> {
  const credential = await loginCredential(url, told);
  const runtime = createRuntime();
  const place = readPlace(ID, { url });
  const tls = await openTls(ID, {}, runtime.secrets);
  const connector = reaching({ id: ID, place, era, tls, credential, log: (line) => process.stderr.write(`${line}\n`) });
  const running = await connector.connect('', {});
  try {
    for (const { name } of running.offer.tools) {
      const call = async () =>
        running.session.link.request('tools/call', { name, arguments: {} }, { timeoutMs: 20_000 });
      // After a 403 nothing is sent again by itself, and a caller who has signed in for more calls again.
      await call()
        .catch(call)
        .catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }
  } finally {
    await running.stop();
  }
}

async function loginCredential(url: string, told: JsonObject): Promise<Credential> {
  const { client_id: clientId, client_secret: clientSecret } = told;
  const isRegistered = typeof clientId === 'string';
  const secret = typeof clientSecret === 'string' ? clientSecret : undefined;
  if (secret !== undefined) process.env['PORTCULLIS_SUITE_SECRET'] = secret;
  const secrets = await openVault(secret === undefined ? {} : { secret: { from: 'env:PORTCULLIS_SUITE_SECRET' } }, {
    profile: 'dev',
    redactor: createRedactor(),
    log: () => undefined,
  });
  const sealer = createSealer([randomBytes(32)]);
  const lent = { name: 'suite', sealer, publish: () => undefined, remember: () => () => undefined, page: PAGE };
  const runtime = { ...createRuntime({ secrets }), lent: lent as unknown as Lent };
  const issuer = secret === undefined ? undefined : await issuerOf(url);
  const login = createLoginClient(
    {
      kind: 'login',
      ...(isRegistered ? { clientId } : { register: true }),
      // Its metadata are those of the whole origin, which has to be written where a path is asked.
      ...(process.env['MCP_CONFORMANCE_SCENARIO'] === 'auth/metadata-var2' ? { resource: new URL(url).origin } : {}),
      ...(secret === undefined ? {} : { clientSecret: 'secret' }),
      ...(issuer === undefined ? {} : { issuer }),
    },
    PAGE,
    createParts(ID, url, issuer, runtime),
  );
  let token: string | undefined;
  let scopes: readonly string[] = [];
  return {
    kind: 'login',
    headers: () => Promise.resolve(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    async refused(_principal, status, header) {
      const challenge = readChallenge(header);
      if (status === 403 && challenge?.error !== 'insufficient_scope') return false;
      // The person who is asked to sign in once more, for what is missing, does so at once.
      const wanted = status === 403 ? [...scopes, ...(challenge?.scopes ?? [])] : [];
      const [state, verifier] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
      if (status === 401 && token !== undefined) login.doubt();
      const begun = await login.request(state, verifier, wanted);
      const { headers } = await fetch(begun.location, { redirect: 'manual' });
      const back = new URL(headers.get('location') ?? '');
      const redeemed = await login.redeem(back.search, { ...begun, state, verifier });
      ({ accessToken: token, scopes } = await redeemed());
      return true;
    },
  };
}

/** A password goes to an issuer that is written, and the suite has another one each time. */
async function issuerOf(url: string): Promise<string> {
  const { origin, pathname } = new URL(url);
  const answer: unknown = await (await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`)).json();
  const servers = isObject(answer) ? answer['authorization_servers'] : undefined;
  return Array.isArray(servers) ? String(servers[0]) : '';
}
