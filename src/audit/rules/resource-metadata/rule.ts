import { discover, stringsOf } from '../../live/discovery.ts';
import { isOpen } from '../../live/openness.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Hit, RuleMeta } from '../../model.ts';

const meta: RuleMeta = {
  id: 'resource-metadata',
  title: 'The metadata of the resource are sound',
  failure: 'The metadata of the resource are unsound',
  severity: 'medium',
  confidence: 'high',
  controls: ['IDN-03', 'IDN-02'],
  method: 'probe',
  remedy:
    'Serve the metadata of RFC 9728 with "resource" equal to the URL of the endpoint, at least one https issuer in "authorization_servers", and the least scopes in "scopes_supported".',
  references: ['RFC 9728 sections 2 and 3.3', 'MCP 2026-07-28 basic/authorization/authorization-server-discovery'],
};

/** A document, by what of it is judged. */
interface Told {
  readonly url: string;
  readonly label: string;
  readonly resource: string | undefined;
  readonly servers: readonly string[];
  readonly scopes: readonly string[];
  readonly methods: readonly string[];
}

interface Facts {
  readonly endpoint: string;
  readonly isLocal: boolean;
  /** Where the user is served nothing, that there are no documents says nothing. */
  readonly isServed: boolean;
  readonly documents: readonly Told[];
}

/** Reads the documents that a client reads before it goes for a token. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http === undefined || isOpen(subject)) return undefined;
    const { resource } = await discover(subject, http);
    const documents = resource.flatMap(({ url, seen, json }): readonly Told[] => {
      if (json === undefined) return [];
      const named = json['resource'];
      return [
        {
          url,
          label: seen.exchange.label,
          resource: typeof named === 'string' ? named : undefined,
          servers: stringsOf(json['authorization_servers']),
          scopes: stringsOf(json['scopes_supported']),
          methods: stringsOf(json['bearer_methods_supported']),
        },
      ];
    });
    const facts = {
      endpoint: `${http.url.origin}${http.url.pathname}`,
      isLocal: http.reach !== 'public',
      isServed: subject.eras.length > 0,
      documents,
    };
    return { exchanges: resource.map(({ seen }) => seen.exchange), facts };
  },
  judge({ facts }) {
    if (facts.documents.length === 0 && !facts.isServed) return unknown('nothing is served, metadata among it');
    if (facts.documents.length === 0) {
      const message =
        'there are no metadata of the resource, neither where the challenge says nor at the well-known places';
      return { status: 'fail', why: message, hits: [{ message, place: { exchange: 'metadata of the resource' } }] };
    }
    const hits = distinct(facts.documents.flatMap((document) => hitsOf(document, facts)));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    return { status: 'pass', why: `${meta.title}: ${facts.documents.length} read`, hits };
  },
  failsAlone: true,
});

function hitsOf(document: Told, { endpoint, isLocal }: Facts): readonly Hit[] {
  const { url, label, resource, servers, scopes, methods } = document;
  const hit = (message: string, evidence: string, severity: Hit['severity'] = 'medium'): Hit => ({
    message,
    place: { exchange: label },
    evidence,
    severity,
  });
  const hits: Hit[] = [];
  if (resource === undefined || !covers(resource, endpoint))
    hits.push(hit('"resource" is not this endpoint: a client has to refuse it', `${resource ?? 'none'} at ${url}`));
  if (servers.length === 0) hits.push(hit('no authorization server is named', url));
  const clear = servers.filter((server) => URL.parse(server)?.protocol !== 'https:' && !isLocal);
  if (clear.length > 0)
    hits.push(hit('an authorization server is named that is not at an https URL', clear.join(', '), 'high'));
  if (scopes.includes('offline_access')) hits.push(hit('offline_access is among the scopes', scopes.join(' '), 'low'));
  if (methods.includes('query'))
    hits.push(hit('tokens in the query are invited', `bearer_methods_supported: ${methods.join(', ')}`));
  return hits;
}

/** The endpoint itself, or what it lies under: MCP lets a resource be its whole origin. */
function covers(resource: string, endpoint: string): boolean {
  const [own, there] = [URL.parse(resource), URL.parse(endpoint)];
  if (own === null || there === null || own.origin !== there.origin) return false;
  const path = own.pathname.replace(/\/$/, '');
  return there.pathname === path || there.pathname.replace(/\/$/, '') === path || there.pathname.startsWith(`${path}/`);
}

function distinct(hits: readonly Hit[]): readonly Hit[] {
  return [...new Map(hits.map((hit) => [hit.message, hit])).values()];
}
