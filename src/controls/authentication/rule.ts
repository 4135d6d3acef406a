import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import type { JsonObject } from '../../protocol/json.ts';

const METHODS: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ['server/discover', {}],
  ['initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'probe', version: '1' } }],
  ['ping', {}],
  ['tools/list', {}],
  ['tools/call', { name: 'echo', arguments: { text: 'probe' } }],
  ['resources/list', {}],
  ['prompts/list', {}],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'any' }, argument: { name: 'a', value: '' } }],
]);
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['an empty bearer', 'Bearer '],
  ['another scheme', 'Basic YWRtaW46YWRtaW4='],
  ['a word for a token', 'Bearer undefined'],
]);

/** Asks for everything without a token, then with what is none. */
export const rule: Rule = {
  id: 'authentication',
  async gather(target: Target): Promise<readonly Observation[]> {
    const known = await target.connect();
    const seen: Observation[] = [{ label: 'with a token', reply: await known.request('tools/list') }];
    const stranger = await target.connect({ token: null });
    for (const [method, params] of METHODS) {
      seen.push({ label: `${method} without a token`, reply: await stranger.request(method, params) });
    }
    for (const [label, authorization] of SCHEMES) {
      seen.push({ label, reply: await stranger.request('tools/list', {}, { headers: { authorization } }) });
    }
    const session = { authorization: undefined };
    seen.push({ label: 'the session of another', reply: await known.request('tools/list', {}, { headers: session }) });
    await stranger.close();
    await known.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = [
      ...[...METHODS.keys()].map((method) => `${method} without a token`),
      ...SCHEMES.keys(),
      'the session of another',
    ];
    return judge(observations, {
      baseline: { 'with a token': served },
      attacks: Object.fromEntries(labels.map((label) => [label, isUnauthorized])),
    });
  },
};

/** Any answer of the protocol, even that there is no such method, was given to a stranger. */
function isUnauthorized(observation: Observation): boolean {
  return refused(observation) && observation.reply?.status === 401;
}
