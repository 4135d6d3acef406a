import type { Authenticator } from '../../identity/authenticator.ts';
import { metadataPaths, protectedResourceMetadata } from '../../identity/metadata.ts';
import type { Settings } from '../../pipeline/settings.ts';
import type { AuthOptions } from '../deployment.ts';
import type { PublicRoutes } from './handler.ts';

/** INVARIANT: what is served without a token is this list, matched by exact method and path. */
export function publicRoutes(
  settings: Settings,
  authenticator: Authenticator | undefined,
  auth: AuthOptions | undefined,
  documents: ReadonlyMap<string, () => string>,
): PublicRoutes {
  const { http, catalog, recorder } = settings;
  const routes = new Map<string, () => { readonly status: number; readonly body: string }>();
  routes.set('GET /livez', () => ({ status: 200, body: '{"status":"live"}' }));
  routes.set('GET /readyz', () => {
    const ready = recorder.healthy && (authenticator?.ready ?? true);
    return { status: ready ? 200 : 503, body: JSON.stringify({ status: ready ? 'ready' : 'not ready' }) };
  });
  for (const [path, document] of documents) routes.set(`GET ${path}`, () => ({ status: 200, body: document() }));
  if (http === undefined || auth === undefined || auth.issuers.length === 0) return routes;
  const metadata = JSON.stringify(
    protectedResourceMetadata({
      resource: http.resource,
      authorizationServers: auth.issuers.map(({ issuer }) => issuer),
      scopes: catalog.initialScopes,
      name: catalog.server.title ?? catalog.server.name,
    }),
  );
  const { root, inserted } = metadataPaths(http.resource);
  for (const path of [root, inserted]) routes.set(`GET ${path}`, () => ({ status: 200, body: metadata }));
  return routes;
}
