import * as oauth from 'oauth4webapi';
import { createClientProof } from './client.ts';
import { createDiscovery, requestOptions } from './discover.ts';
import type { Login, Logins } from './logins.ts';
import type { LoginCredential } from './options.ts';
import type { CredentialParts } from './parts.ts';
import { proofOf } from './registration.ts';
import { Trouble } from './trouble.ts';

/**
 * Ends the login of a principal: here, and then at the authorization server that it was made at, where that takes it
 * (RFC 7009). Whether there was one; a server that cannot be told is `untold`, after which the tokens end in their time.
 */
export async function endLogin(
  logins: Logins,
  principal: string,
  revoke: (login: Login) => Promise<void>,
): Promise<'ended' | 'untold' | 'none'> {
  const held = await logins.find(principal);
  // What cannot be read, by a key that is gone, is taken away as well.
  if (!(await logins.remove(principal))) return 'none';
  if (held === undefined) return 'untold';
  return revoke(held.login).then(
    () => 'ended',
    () => 'untold',
  );
}

/** Tells an authorization server that a login has ended. @throws Error when it cannot be told. */
export async function revokeLogin(options: LoginCredential, login: Login, parts: CredentialParts): Promise<void> {
  const { outbound } = parts;
  // INVARIANT: a password goes to the issuer that it was written with; the login may be of another one from before.
  if (options.clientSecret !== undefined && options.issuer !== login.issuer)
    throw new Trouble('the login was made at another authorization server than the one of the password');
  const { url } = parts;
  const { server } = await createDiscovery({ outbound, url, resource: login.resource, issuer: login.issuer }).find();
  if (server.revocation_endpoint === undefined) return;
  const proven =
    login.registered === undefined
      ? await createClientProof({ ...options, issuer: login.issuer }, parts).authentication(server)
      : proofOf(login.registered);
  const client: oauth.Client = { client_id: login.client };
  const token = login.refreshToken ?? login.accessToken;
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, proven, token, requestOptions(outbound)),
  );
}
