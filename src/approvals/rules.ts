import { isSecureUrl } from '../identity/resource.ts';
import { refuseUnknownOptions } from '../options.ts';
import type { HttpSettings, Profile } from '../pipeline/settings.ts';
import type { Duration } from '../text/duration.ts';
import type { Party } from './approval.ts';

/** Who may decide for others: a subject of the page's issuer, or whoever has a value in a claim of the ID token. */
export type Approver = string | { readonly claim: string; readonly value: string };

/** How a deployment has calls approved out of band. */
export interface ApprovalOptions {
  /** OpenID Connect issuer at which people sign in to the page: the one that issues the access tokens. */
  readonly issuer?: string;
  /** This page's client at the issuer. Its redirect URI is the page's address with `/callback`. */
  readonly clientId?: string;
  /** Name of the secret with which that client authenticates; a public client when absent. */
  readonly clientSecret?: string;
  /** Address of the page; `/approvals` at the origin of `http.publicUrl` when absent. */
  readonly page?: string;
  /** Who may decide for others. Everyone decides for themselves, unless `separation` says otherwise. */
  readonly approvers?: readonly Approver[];
  /** Whether critical calls need somebody other than the one whose call it is. */
  readonly separation?: boolean;
  /** How long a request can be answered and an approval used; `limits.approvalMs` when absent. */
  readonly ttl?: Duration;
}

/** How people sign in to the page. */
export interface LoginRules {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Claim that names the tenant, as in the access tokens of the same issuer. */
  readonly tenantClaim: string | undefined;
}

/** The options, checked and resolved. */
export interface ApprovalRules {
  /** Address of the page, without a slash at its end; absent where there is none. */
  readonly page: string | undefined;
  /** Absent where the page is served by another instance. */
  readonly login: LoginRules | undefined;
  readonly approvers: readonly Approver[];
  readonly separation: boolean;
}

/** No page: what has to be decided there is refused. */
const NO_PAGE: ApprovalRules = Object.freeze({
  page: undefined,
  login: undefined,
  approvers: Object.freeze([]),
  separation: false,
});

const OPTIONS = [
  'issuer',
  'clientId',
  'clientSecret',
  'page',
  'approvers',
  'separation',
  'ttl',
] as const satisfies readonly (keyof ApprovalOptions)[];

/** What the rules are resolved against. */
export interface RuleFacts {
  readonly profile: Profile;
  readonly http: HttpSettings | undefined;
  /** The accepted issuers of access tokens. */
  readonly issuers: readonly { readonly issuer: string; readonly tenantClaim?: string }[];
}

/**
 * Checks the options of a deployment.
 * @throws TypeError that says what to mend.
 */
export function resolveApprovals(options: ApprovalOptions | undefined, facts: RuleFacts): ApprovalRules {
  if (options === undefined) return NO_PAGE;
  refuseUnknownOptions('deployment, approvals', options, OPTIONS);
  const { issuer, clientId, clientSecret, approvers = [], separation = false } = options;
  if ((issuer === undefined) !== (clientId === undefined))
    throw new TypeError('approvals: "issuer" and "clientId" belong together. Give both, or "page" alone.');
  for (const approver of approvers) checkApprover(approver);
  if (separation && approvers.length === 0)
    throw new TypeError('approvals.separation: nobody could approve. Name "approvers".');
  const page = pageOf(options, facts);
  if (issuer === undefined || clientId === undefined)
    return Object.freeze({ page, login: undefined, approvers: Object.freeze([...approvers]), separation });
  const url = URL.parse(issuer);
  if (url === null || !isSecureUrl(url))
    throw new TypeError(`approvals.issuer: "${issuer}" must be https; http is for loopback.`);
  // A subject is the same person only at the issuer of its tokens.
  if (approvers.length === 0 && facts.issuers.length > 0 && !facts.issuers.some((known) => known.issuer === issuer))
    throw new TypeError(
      'approvals.issuer: it issues no access tokens, so that nobody could approve. Name "approvers".',
    );
  const tenantClaim = facts.issuers.find((known) => known.issuer === issuer)?.tenantClaim;
  return Object.freeze({
    page,
    login: Object.freeze({ issuer, clientId, clientSecret, tenantClaim }),
    approvers: Object.freeze(structuredClone(approvers)),
    separation,
  });
}

function checkApprover(approver: Approver): void {
  if (typeof approver === 'string' && approver !== '') return;
  if (typeof approver === 'object' && approver.claim !== '' && approver.value !== '') return;
  throw new TypeError('approvals.approvers: give subjects, or {claim, value}.');
}

function pageOf({ page, issuer }: ApprovalOptions, { profile, http }: RuleFacts): string | undefined {
  const text = page ?? (http === undefined || http.socket !== undefined ? undefined : derived(http));
  if (text === undefined) {
    if (issuer === undefined || http === undefined) return undefined;
    throw new TypeError('approvals.page: give the address of the page; it cannot be told from a Unix socket.');
  }
  const url = URL.parse(text);
  if (url === null || !isSecureUrl(url) || url.search !== '' || url.hash !== '' || url.username !== '')
    throw new TypeError(`approvals.page: "${text}" must be a plain https URL; http is for loopback.`);
  if (profile === 'production' && page !== undefined && url.protocol !== 'https:')
    throw new TypeError(`approvals.page: "${text}" must be https in production.`);
  if (issuer !== undefined && http !== undefined && !http.allowedHosts.has(url.host))
    throw new TypeError(`approvals.page: this server does not answer for ${url.host}. Add it to http.allowedHosts.`);
  const address = url.href.replace(/\/$/, '');
  if (http !== undefined && new URL(address).pathname === http.path)
    throw new TypeError('approvals.page: it cannot be where the endpoint is.');
  if (new URL(address).pathname === '/') throw new TypeError('approvals.page: give it a path, such as /approvals.');
  return address;
}

function derived({ resource }: HttpSettings): string {
  return `${new URL(resource).origin}/approvals`;
}

/** Who looks at the page. */
export interface Viewer {
  /** Key of the principal. */
  readonly id: string;
  readonly subject: string;
  readonly tenant: string | undefined;
  /** Whether `approvers` names them. */
  readonly isApprover: boolean;
}

/** Whether someone may see a request at all: whoever's call it is, and approvers of the same tenant. */
export function maySee({ id, tenant, isApprover }: Viewer, party: Omit<Party, 'client'>): boolean {
  return id === party.id || (isApprover && tenant === party.tenant);
}

/** Whether someone may decide on a call that they may see. */
export function mayDecide(rules: ApprovalRules, viewer: Viewer, party: Party, critical: boolean): boolean {
  if (!maySee(viewer, party)) return false;
  return !(rules.separation && critical) || !isSelf(rules, viewer, party);
}

/**
 * Whether someone has to be taken for the one whose call it is: the same principal, or the same subject where the page's
 * issuer is not that of the tokens, so that the two cannot be told apart.
 */
export function isSelf({ login }: ApprovalRules, viewer: Viewer, party: Omit<Party, 'client'>): boolean {
  return viewer.id === party.id || (viewer.subject === party.subject && login?.issuer !== party.issuer);
}

/** Whether the claims of an ID token make someone an approver. */
export function isApprover({ approvers }: ApprovalRules, claims: Readonly<Record<string, unknown>>): boolean {
  return approvers.some((approver) => {
    if (typeof approver === 'string') return claims['sub'] === approver;
    const value = Object.hasOwn(claims, approver.claim) ? claims[approver.claim] : undefined;
    return Array.isArray(value) ? value.includes(approver.value) : value === approver.value;
  });
}
