import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An authorization server that the server trusts too; the tour holds its key, so it can sign what it likes. */
export interface SecondIssuer {
  readonly issuer: string;
  /** Signs an access token, for alice with `notes:read` unless told. `lifeSeconds` counts from a minute ago. */
  mint(
    audience: string,
    lifeSeconds: number,
    claims?: { readonly sub: string; readonly scope: string },
  ): Promise<string>;
  close(): Promise<void>;
}

/** Starts it on a free loopback port. */
export async function startSecondIssuer(): Promise<SecondIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'tour', alg: 'ES256', use: 'sig' };
  const server = createServer((request, response) => {
    const found = documents.get(request.url ?? '');
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? {}));
  });
  const issuer = await listen(server);
  const documents = new Map<string, object>([
    ['/.well-known/oauth-authorization-server', { issuer, jwks_uri: `${issuer}/jwks` }],
    ['/jwks', { keys: [jwk] }],
  ]);
  return {
    issuer,
    mint(audience, lifeSeconds, { sub, scope } = { sub: 'alice', scope: 'notes:read' }) {
      const issued = Math.floor(Date.now() / 1000) - 60;
      return new SignJWT({ client_id: 'tour', scope })
        .setProtectedHeader({ alg: 'ES256', kid: 'tour', typ: 'at+jwt' })
        .setIssuer(issuer)
        .setSubject(sub)
        .setAudience(audience)
        .setIssuedAt(issued)
        .setExpirationTime(issued + lifeSeconds)
        .setJti(crypto.randomUUID())
        .sign(privateKey);
    },
    close: () => closeServer(server),
  };
}

/** Listens on a free loopback port and gives the origin. */
export function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
    });
  });
}

/** Closes a server and its connections. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
