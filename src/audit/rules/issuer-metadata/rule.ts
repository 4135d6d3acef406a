import type { JsonObject } from '../../../protocol/json.ts';
import { discover, stringsOf } from '../../live/discovery.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Hit, RuleMeta } from '../../model.ts';

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'registration_endpoint'] as const;

const meta: RuleMeta = {
  id: 'issuer-metadata',
  title: 'The authorization servers offer nothing that OAuth 2.1 took away',
  failure: 'An authorization server offers what no client should use',
  severity: 'medium',
  confidence: 'high',
  controls: ['IDN-03'],
  method: 'probe',
  remedy:
    'Let the authorization server offer code_challenge_methods_supported: ["S256"], the authorization code flow alone for people, and the iss parameter; switch off plain, implicit and password.',
  references: [
    'MCP 2026-07-28 basic/authorization/security-considerations',
    'RFC 9700 sections 2.1 and 2.4',
    'RFC 9207 section 3',
    'RFC 8414 section 3.3',
  ],
};

/** The metadata of one authorization server, by what of it is judged. */
interface Told {
  readonly issuer: string;
  readonly label: string;
  readonly isFound: boolean;
  readonly says: string | undefined;
  readonly challenges: readonly string[];
  readonly responses: readonly string[];
  readonly grants: readonly string[];
  readonly isIssSent: boolean;
  /** Endpoints that are not at https URLs. */
  readonly clear: readonly string[];
}

interface Facts {
  readonly isLocal: boolean;
  readonly servers: readonly Told[];
}

/** Reads the metadata of the authorization servers that the resource names; nothing else is asked of them. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http === undefined) return undefined;
    const { servers } = await discover(subject, http);
    if (servers.length === 0) return undefined;
    const told = servers.map(({ issuer, metadata }) => read(issuer, metadata?.seen.exchange.label, metadata?.json));
    const exchanges = servers.flatMap(({ metadata }) => (metadata === undefined ? [] : [metadata.seen.exchange]));
    return { exchanges, facts: { isLocal: http.reach !== 'public', servers: told } };
  },
  judge({ facts: { isLocal, servers } }) {
    const hits = servers.filter(({ isFound }) => isFound).flatMap((told) => hitsOf(told, isLocal));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    const lost = servers.find(({ isFound }) => !isFound);
    if (lost !== undefined) return unknown(`the metadata of ${lost.issuer} could not be fetched`);
    return { status: 'pass', why: `${meta.title}: ${servers.length} read`, hits };
  },
  failsAlone: true,
});

function read(issuer: string, label: string | undefined, json: JsonObject | undefined): Told {
  const says = json?.['issuer'];
  const endpoints = ENDPOINTS.flatMap((name) => {
    const value = json?.[name];
    return typeof value === 'string' && URL.parse(value)?.protocol !== 'https:' ? [name] : [];
  });
  return {
    issuer,
    label: label ?? 'metadata of an authorization server',
    isFound: json !== undefined,
    says: typeof says === 'string' ? says : undefined,
    challenges: stringsOf(json?.['code_challenge_methods_supported']),
    responses: stringsOf(json?.['response_types_supported']),
    grants: stringsOf(json?.['grant_types_supported']),
    isIssSent: json?.['authorization_response_iss_parameter_supported'] === true,
    clear: endpoints,
  };
}

function hitsOf(told: Told, isLocal: boolean): readonly Hit[] {
  const { issuer, label, says, challenges, responses, grants, isIssSent, clear } = told;
  const hit = (message: string, evidence: string, severity: Hit['severity'] = 'medium'): Hit => ({
    message: `${issuer}: ${message}`,
    place: { exchange: label },
    evidence,
    severity,
  });
  const hits: Hit[] = [];
  if (bare(says) !== bare(issuer))
    hits.push(
      hit('its metadata name another issuer, so that a client has to refuse them', `issuer: ${says ?? 'none'}`, 'high'),
    );
  // Where nobody signs in, such as for machines alone, there is no code to be stolen.
  const hasCode = responses.includes('code');
  if (hasCode && !challenges.includes('S256'))
    hits.push(
      hit(
        'PKCE with S256 is not offered, so that a client has to refuse it',
        `code_challenge_methods_supported: ${challenges.join(', ') || 'none'}`,
      ),
    );
  if (challenges.includes('plain'))
    hits.push(hit('PKCE with plain is offered, which hides nothing', 'code_challenge_methods_supported: plain'));
  if (grants.includes('implicit') || responses.some((type) => type.split(' ').includes('token')))
    hits.push(
      hit(
        'the implicit flow is offered, which puts tokens into URLs',
        `response_types_supported: ${responses.join(', ')}`,
      ),
    );
  if (grants.includes('password'))
    hits.push(hit('the password flow is offered', `grant_types_supported: ${grants.join(', ')}`));
  if (hasCode && !isIssSent)
    hits.push(
      hit(
        'it does not say that it sends iss, by which a client knows whose answer it has',
        'authorization_response_iss_parameter_supported',
        'low',
      ),
    );
  if (clear.length > 0 && !isLocal) hits.push(hit('endpoints are not at https URLs', clear.join(', '), 'high'));
  return hits;
}

/** Clients differ in whether they take a slash at the end for a difference. */
function bare(issuer: string | undefined): string | undefined {
  return issuer?.replace(/\/$/, '');
}
