import type { ApprovalRules } from '../approvals/rules.ts';
import type { Lent, LoginSite } from '../capabilities/lent.ts';
import type { Settings } from '../pipeline/settings.ts';
import type { Redactor } from '../record/redact.ts';

/** What a host lends, and what it was asked to serve. */
export interface Lending {
  readonly lent: Lent;
  /** Documents for anybody, by path. */
  readonly documents: ReadonlyMap<string, () => string>;
  /** Logins elsewhere, by the id of an upstream. */
  readonly logins: ReadonlyMap<string, LoginSite>;
}

/** A path that no endpoint, page or well-known document of the host is at. */
const PATH = /^\/gateway\/[a-z][a-z0-9-]{0,23}\/[a-z]+\.json$/;

/**
 * Makes what a host lends to the capabilities of the framework.
 * @param before What it was asked to serve so far, of upstreams that stay.
 */
export function createLending(
  settings: Settings,
  approvals: ApprovalRules,
  issuers: readonly { readonly issuer: string }[],
  redactor: Redactor,
  before: Pick<Lending, 'documents' | 'logins'> = { documents: new Map(), logins: new Map() },
): Lending {
  const { http, sealer, recorder, catalog } = settings;
  const documents = new Map(before.documents);
  const logins = new Map(before.logins);
  const { login, page } = approvals;
  // Who signs in at another issuer cannot be told to be the one who calls.
  const isSame = login !== undefined && issuers.some(({ issuer }) => issuer === login.issuer);
  return {
    documents,
    logins,
    lent: Object.freeze<Lent>({
      sealer,
      recorder,
      remember: (secret: string) => redactor.remember(secret),
      resource: http?.resource,
      name: catalog.server.title ?? catalog.server.name,
      page: isSame ? page : undefined,
      publish(path: string, document: () => string): void {
        if (!PATH.test(path)) throw new TypeError(`${path} is no path that a capability may publish at`);
        documents.set(path, document);
      },
      serveLogin: (upstream: string, site: LoginSite) => void logins.set(upstream, site),
    }),
  };
}
