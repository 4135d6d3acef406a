import { judge, refused, resultOf, served } from '../../audit/judge.ts';
import type { Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** Follows the way of a client that knows nothing but the endpoint: 401, metadata, then a 403 for a scope that it lacks. */
export const rule: Rule = {
  id: 'authorization-challenge',
  async gather(target: Target): Promise<readonly Observation[]> {
    const known = await target.connect();
    const seen: Observation[] = [{ label: 'with a token', reply: await known.request('tools/list') }];
    await known.close();
    const stranger = await target.connect({ token: null });
    const missing = await stranger.request('tools/list');
    const invalid = await stranger.request('tools/list', {}, { token: 'eyJhbGciOiJub25lIn0.e30.x' });
    await stranger.close();
    seen.push({ label: 'without a token', reply: missing }, { label: 'with a wrong token', reply: invalid });
    const named = parametersOf(missing).get('resource_metadata');
    const pathname = target.url?.pathname === '/' ? '' : (target.url?.pathname ?? '');
    for (const [label, path] of [
      ['the metadata that the challenge names', pathOf(named)],
      ['the metadata below the root', WELL_KNOWN],
      ['the metadata of the path', `${WELL_KNOWN}${pathname}`],
    ] as const) {
      seen.push({ label, ...(await fetchFrom(target, path)) });
    }
    seen.push(...(await stepUp(target)));
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'with a token': served },
      attacks: {
        'without a token': ({ reply }) => isChallenge(reply, undefined),
        'with a wrong token': ({ reply }) => isChallenge(reply, 'invalid_token'),
        'the metadata that the challenge names': isMetadata,
        'the metadata below the root': isMetadata,
        'the metadata of the path': isMetadata,
        'a call that needs more scopes': namesScopes,
        'the call with the scopes that were named': ({ reply }) => reply?.status === 200,
      },
    });
  },
};

/** Calls as somebody without scopes, then with exactly those that the refusal named: that must be enough. */
async function stepUp(target: Target): Promise<readonly Observation[]> {
  if (target.mint === undefined) return [];
  const known = await target.connect();
  const listed = resultOf(await known.request('tools/list'))?.['tools'];
  await known.close();
  const first: unknown = Array.isArray(listed) ? listed[0] : undefined;
  const name = isObject(first) ? String(first['name']) : 'echo';
  const call = async (token: string) => {
    const connection = await target.connect({ token });
    const reply = await connection.request('tools/call', { name, arguments: {} });
    await connection.close();
    return reply;
  };
  const denied = await call(await target.mint({ sub: 'bob', scope: '' }));
  const scope = parametersOf(denied).get('scope') ?? '';
  const granted = await call(await target.mint({ sub: 'bob', scope }));
  return [
    { label: 'a call that needs more scopes', reply: denied },
    { label: 'the call with the scopes that were named', reply: granted },
  ];
}

async function fetchFrom(target: Target, path: string | undefined): Promise<Omit<Observation, 'label'>> {
  if (path === undefined || target.url === undefined) return {};
  const request = { method: 'GET', path, headers: [['Host', target.url.host]] } as const;
  const reply = await target.raw(request).catch(() => undefined);
  return reply === undefined ? {} : { reply, fact: target.url.href };
}

function pathOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.parse(url)?.pathname;
}

/** The parameters of a Bearer challenge (RFC 9110 section 11.2); none when it is another. */
function parametersOf(reply: Reply | undefined): ReadonlyMap<string, string> {
  const value = reply?.headers['www-authenticate'] ?? '';
  if (!value.startsWith('Bearer ')) return new Map();
  return new Map([...value.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', text = '']) => [name, text]));
}

function isChallenge(reply: Reply | undefined, error: string | undefined): boolean {
  const parameters = parametersOf(reply);
  return (
    reply?.status === 401 &&
    parameters.has('resource_metadata') &&
    parameters.get('error') === error &&
    !scopesOf(parameters).includes('offline_access')
  );
}

function isMetadata({ reply, fact }: Observation): boolean {
  const document: JsonObject = reply?.message ?? {};
  const servers = document['authorization_servers'];
  const scopes = document['scopes_supported'] ?? [];
  return (
    reply?.status === 200 &&
    document['resource'] === fact &&
    Array.isArray(servers) &&
    servers.length > 0 &&
    Array.isArray(scopes) &&
    !scopes.includes('offline_access')
  );
}

/** Every scope of the operation at once: a client that is told one at a time asks its user again and again. */
function namesScopes(observation: Observation): boolean {
  const { reply } = observation;
  const parameters = parametersOf(reply);
  const scopes = scopesOf(parameters);
  return (
    refused(observation) &&
    reply?.status === 403 &&
    parameters.get('error') === 'insufficient_scope' &&
    parameters.has('resource_metadata') &&
    scopes.length > 0 &&
    !scopes.includes('offline_access')
  );
}

function scopesOf(parameters: ReadonlyMap<string, string>): readonly string[] {
  return (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
}
