import { ERRORS } from '../errors.ts';
import type { Denial } from '../pipeline/decision.ts';
import { refuseUnknownOptions } from '../options.ts';
import { isSecureUrl, parseResource } from './resource.ts';
import { assertScopeName, isScopeToken } from './scopes.ts';

/** What the metadata of a protected resource is made of. */
export interface ProtectedResourceOptions {
  /** Canonical URL of the server. */
  readonly resource: string;
  /** Issuer identifiers of its authorization servers, at least one. */
  readonly authorizationServers: readonly string[];
  /** The minimal scopes of first use, not the catalogue; the rest comes by step-up. */
  readonly scopes: readonly string[];
  readonly name?: string;
  /** URL of a page for developers. */
  readonly documentation?: string;
}

/** The document of RFC 9728 section 2. */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported?: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
}

/** Where the metadata of a resource is served. */
export interface MetadataPaths {
  /** `/.well-known/oauth-protected-resource`. */
  readonly root: string;
  /** The same with the path of the resource inserted after it (RFC 9728 section 3.1); equal to `root` without a path. */
  readonly inserted: string;
  /** Absolute URL of the inserted form: the `resource_metadata` of a challenge. */
  readonly url: string;
}

/** What a challenge says beside the denial. */
export interface ChallengeOptions {
  readonly metadataUrl: string;
  readonly realm?: string;
  /** Scopes of the whole operation, when the denial names none. */
  readonly scopes: readonly string[];
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/**
 * Builds the metadata of a protected resource (RFC 9728 section 2).
 *
 * @throws TypeError for a resource that is not canonical, no or an insecure authorization server, or a refused scope.
 */
export function protectedResourceMetadata(options: ProtectedResourceOptions): ProtectedResourceMetadata {
  refuseUnknownOptions('protectedResourceMetadata', options, [
    'resource',
    'authorizationServers',
    'scopes',
    'name',
    'documentation',
  ]);
  if (options.authorizationServers.length === 0) {
    throw new TypeError('authorizationServers: name at least one authorization server');
  }
  for (const issuer of options.authorizationServers) requireSecure('authorizationServers', issuer);
  if (options.documentation !== undefined) requireSecure('documentation', options.documentation);
  for (const scope of options.scopes) assertScopeName(scope);
  return Object.freeze({
    resource: parseResource(options.resource),
    authorization_servers: Object.freeze([...options.authorizationServers]),
    ...(options.scopes.length > 0 && { scopes_supported: Object.freeze([...new Set(options.scopes)]) }),
    bearer_methods_supported: Object.freeze(['header'] as const),
    ...(options.name !== undefined && { resource_name: options.name }),
    ...(options.documentation !== undefined && { resource_documentation: options.documentation }),
  });
}

function requireSecure(option: string, value: string): void {
  const url = URL.parse(value);
  if (url === null || !isSecureUrl(url)) throw new TypeError(`${option}: ${JSON.stringify(value)} is not an https URL`);
}

/** The well-known locations of a resource's metadata (RFC 9728 section 3.1). */
export function metadataPaths(resource: string): MetadataPaths {
  const { origin, pathname } = new URL(parseResource(resource));
  const inserted = pathname === '/' ? WELL_KNOWN : `${WELL_KNOWN}${pathname}`;
  return Object.freeze({ root: WELL_KNOWN, inserted, url: `${origin}${inserted}` });
}

/**
 * The `WWW-Authenticate` value of a refusal (RFC 6750 section 3, RFC 9728 section 5.1), or undefined when the refusal is
 * not about the token. Without a token there is no `error`; `offline_access` is never asked for.
 */
export function challenge(denial: Denial, options: ChallengeOptions): string | undefined {
  const error = errorOf(denial);
  if (error === undefined) return undefined;
  const scopes = (denial.scopes ?? options.scopes).filter((name) => isScopeToken(name) && name !== 'offline_access');
  const parameters = [
    ...(options.realm === undefined ? [] : [`realm=${quoted(options.realm)}`]),
    ...(error === '' ? [] : [`error="${error}"`, `error_description=${quoted(ERRORS[denial.code].sentence)}`]),
    ...(scopes.length === 0 ? [] : [`scope="${[...new Set(scopes)].join(' ')}"`]),
    `resource_metadata=${quoted(options.metadataUrl)}`,
  ];
  return `Bearer ${parameters.join(', ')}`;
}

/** The error code of RFC 6750 section 3.1; empty when no token was presented. */
function errorOf(denial: Denial): string | undefined {
  switch (denial.code) {
    case 'TOKEN_MISSING':
      return '';
    case 'TOKEN_INVALID':
    case 'TOKEN_EXPIRED':
      return 'invalid_token';
    case 'TOKEN_IN_URL':
      return 'invalid_request';
    case 'SCOPE_INSUFFICIENT':
      return 'insufficient_scope';
    default:
      return undefined;
  }
}

/** A quoted-string of RFC 9110 section 5.6.4; anything that could end the header or the string is escaped or replaced. */
function quoted(value: string): string {
  return `"${value.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
