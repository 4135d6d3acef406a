import { isForAudience } from '../../identity/claims.ts';

/** What a token endpoint gave. */
export interface GivenToken {
  /** Its claims; absent where it cannot be read. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** The scope that stands beside it in the answer. */
  readonly scope: unknown;
}

/** What a token has to be. */
export interface AskedToken {
  /** What its audience may be, where it can be read. */
  readonly audiences: readonly string[];
  /** All that it may hold; nothing is looked at when empty. */
  readonly scopes: readonly string[];
}

/** What a client of OAuth believes. */
export interface OAuthClientRules {
  /** Whether the metadata of a resource is about the one that was asked for (RFC 9728 section 3.3). */
  isResource(named: unknown, accepted: readonly string[]): boolean;
  /** Whether metadata is that of the issuer that was looked for, letter by letter (RFC 8414 section 3.3). */
  isIssuer(named: string, wanted: string): boolean;
  /** Whether an authorization server says that it checks PKCE with S256. */
  checksPkce(methods: readonly string[] | undefined): boolean;
  /** Why a token is not used; `undefined` when it is. */
  tokenProblem(given: GivenToken, asked: AskedToken): string | undefined;
}

/**
 * Keeps the gateway a safe client of OAuth (IDN-09): tokens are asked for where the metadata of upstream and authorization server agree
 * with what was looked for, codes only from a server that checks PKCE, and what comes back is used when it is for this upstream
 * alone and holds no more than was asked for.
 */
export function configure(weakened: ReadonlySet<string>): OAuthClientRules {
  return weakened.has('oauth-client') ? CREDULOUS : CAREFUL;
}

const CAREFUL: OAuthClientRules = Object.freeze({
  isResource: (named: unknown, accepted: readonly string[]) => typeof named === 'string' && accepted.includes(named),
  isIssuer: (named: string, wanted: string) => named === wanted,
  checksPkce: (methods: readonly string[] | undefined) => methods?.includes('S256') === true,
  tokenProblem({ claims, scope }: GivenToken, { audiences, scopes }: AskedToken): string | undefined {
    if (claims !== undefined && !isForAudience(claims['aud'], audiences))
      return `the token is not for ${audiences[0] ?? 'the upstream'} alone`;
    const given = [scope, claims?.['scope']].flatMap((each) => (typeof each === 'string' ? each.split(' ') : []));
    const hasMore = scopes.length > 0 && given.some((each) => each !== '' && !scopes.includes(each));
    return hasMore ? 'the token has more scope than was asked for' : undefined;
  },
});

const CREDULOUS: OAuthClientRules = Object.freeze({
  isResource: () => true,
  isIssuer: () => true,
  checksPkce: () => true,
  tokenProblem: () => undefined,
});
