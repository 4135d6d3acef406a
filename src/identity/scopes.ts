import { refuseUnknownOptions } from '../options.ts';

/** Which broader scope implies which narrower ones: `{ 'notes:write': ['notes:read'] }`. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>;

/** Gives the scopes granted together with those that they imply, transitively. */
export type ScopeExpansion = (granted: readonly string[]) => ReadonlySet<string>;

/** What a server says of its scopes. */
export interface ScopeRegistryOptions {
  /** Every scope of the server, with the sentence that a consent page shows. */
  readonly scopes: Readonly<Record<string, string>>;
  readonly hierarchy?: ScopeHierarchy;
  /** Scopes for discovery and first use, published as `scopes_supported`; none by default. */
  readonly minimal?: readonly string[];
}

/** The scopes of a server, checked once. */
export interface ScopeRegistry {
  readonly names: readonly string[];
  readonly minimal: readonly string[];
  /** The consent sentence of a scope, or undefined when the server has no such scope. */
  describe(scope: string): string | undefined;
  readonly expand: ScopeExpansion;
}

// RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E.
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const OMNIBUS = new Set([
  'all',
  'any',
  'admin',
  'everything',
  'full',
  'full_access',
  'full-access',
  'root',
  'superuser',
]);
// MCP 2026-07-28 basic/authorization: refresh tokens and logins are no requirement of a resource.
const NOT_OF_A_RESOURCE = new Set(['offline_access', 'openid']);

/** Whether `value` is a scope-token of RFC 6749 section 3.3, at most 128 characters long. */
export function isScopeToken(value: string): boolean {
  return SCOPE_TOKEN.test(value);
}

/**
 * Checks that a scope names one capability of this server (AUZ-04).
 *
 * @throws TypeError for a malformed, wildcard or omnibus name, and for `openid` and `offline_access`.
 */
export function assertScopeName(name: string): void {
  if (!isScopeToken(name))
    throw new TypeError(`scope ${JSON.stringify(name)} is not a scope-token (RFC 6749 section 3.3)`);
  if (name.includes('*'))
    throw new TypeError(`scope "${name}" is a wildcard; name one capability, such as "notes:read"`);
  const last = name.split(/[:./]/).at(-1) ?? '';
  if (OMNIBUS.has(name.toLowerCase()) || OMNIBUS.has(last.toLowerCase())) {
    throw new TypeError(`scope "${name}" grants everything at once; name one capability, such as "notes:read"`);
  }
  if (NOT_OF_A_RESOURCE.has(name))
    throw new TypeError(`scope "${name}" belongs to the authorization server, not to a resource`);
}

/**
 * Prepares a hierarchy for lookups: every broader scope with its transitive closure.
 *
 * @throws TypeError for a scope name that is refused and for a cycle.
 */
export function createScopeExpansion(hierarchy: ScopeHierarchy = {}): ScopeExpansion {
  const implied = new Map(Object.entries(hierarchy));
  for (const [broader, narrower] of implied) for (const name of [broader, ...narrower]) assertScopeName(name);
  const closures = new Map<string, readonly string[]>();
  for (const broader of implied.keys()) closures.set(broader, closure(broader, implied, []));
  return (granted) => {
    const scopes = new Set(granted);
    for (const scope of granted) for (const name of closures.get(scope) ?? []) scopes.add(name);
    return sealed(scopes);
  };
}

function closure(scope: string, implied: ReadonlyMap<string, readonly string[]>, path: readonly string[]): string[] {
  if (path.includes(scope)) throw new TypeError(`scope hierarchy has a cycle: ${[...path, scope].join(' -> ')}`);
  const direct = implied.get(scope) ?? [];
  return [...new Set(direct.flatMap((name) => [name, ...closure(name, implied, [...path, scope])]))];
}

/** INVARIANT: a cached principal is shared between requests, so code that holds one must not be able to add a scope. */
function sealed(scopes: Set<string>): ReadonlySet<string> {
  const refuse = { value: refuseChange, enumerable: false };
  return Object.freeze(Object.defineProperties(scopes, { add: refuse, delete: refuse, clear: refuse }));
}

function refuseChange(): never {
  throw new TypeError('the scopes of a principal cannot be changed');
}

/** Whether every required scope is among those granted; `granted` has been expanded already. */
export function satisfies(granted: ReadonlySet<string>, required: readonly string[]): boolean {
  for (const scope of required) if (!granted.has(scope)) return false;
  return true;
}

/**
 * Checks a server's scopes once and keeps them for challenges, metadata and consent pages.
 *
 * @throws TypeError for a refused name, an empty description, a cycle, or a minimal scope that is not declared.
 */
export function createScopeRegistry(options: ScopeRegistryOptions): ScopeRegistry {
  refuseUnknownOptions('createScopeRegistry', options, ['scopes', 'hierarchy', 'minimal']);
  const descriptions = new Map(Object.entries(options.scopes));
  for (const [name, description] of descriptions) {
    assertScopeName(name);
    if (description.trim() === '') throw new TypeError(`scope "${name}" needs a description for the consent page`);
  }
  const minimal = Object.freeze([...new Set(options.minimal)]);
  for (const name of minimal) {
    if (!descriptions.has(name)) throw new TypeError(`minimal scope "${name}" is not among the server's scopes`);
  }
  return Object.freeze({
    names: Object.freeze([...descriptions.keys()]),
    minimal,
    describe: (scope: string) => descriptions.get(scope),
    expand: createScopeExpansion(options.hierarchy),
  });
}
