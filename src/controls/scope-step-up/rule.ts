import { judge, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import type { JsonObject } from '../../protocol/json.ts';

const ATTACKS: ReadonlyMap<string, readonly [string, JsonObject]> = new Map<string, readonly [string, JsonObject]>([
  ['a tool without its scopes', ['tools/call', { name: 'purge', arguments: {} }]],
  ['a resource without its scopes', ['resources/read', { uri: 'notes://basket' }]],
  ['a prompt without its scopes', ['prompts/get', { name: 'tidy' }]],
  [
    'a completion without its scopes',
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'tidy' }, argument: { name: 'tone', value: '' } }],
  ],
]);
const PARTLY = 'a tool with one of its two scopes';

/** Uses what needs `basket:read basket:write` with a token that has less; each refusal must name both. */
export const rule: Rule = {
  id: 'scope-step-up',
  async gather(target: Target): Promise<readonly Observation[]> {
    const all = await target.connect();
    const seen: Observation[] = [
      { label: 'a tool with its scopes', reply: await all.request('tools/call', { name: 'purge', arguments: {} }) },
    ];
    const reader = await target.connect({ token: await mint(target, 'text:read') });
    const echo = { name: 'echo', arguments: { text: 'probe' } };
    seen.push({ label: 'another tool without them', reply: await reader.request('tools/call', echo) });
    for (const [label, [method, params]] of ATTACKS) seen.push({ label, reply: await reader.request(method, params) });
    const half = await target.connect({ token: await mint(target, 'text:read basket:read') });
    seen.push({ label: PARTLY, reply: await half.request('tools/call', { name: 'purge', arguments: {} }) });
    for (const connection of [all, reader, half]) await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys(), PARTLY].map((label) => [label, isChallenged]));
    const baseline = { 'a tool with its scopes': served, 'another tool without them': served };
    return judge(observations, { baseline, attacks });
  },
};

function mint({ mint: sign }: Target, scope: string): Promise<string | null> {
  return sign === undefined ? Promise.resolve(null) : sign({ sub: 'alice', scope });
}

/** 403 with a challenge that names every scope that the operation needs, in any order. */
function isChallenged({ reply }: Observation): boolean {
  const challenge = reply?.headers['www-authenticate'] ?? '';
  const scopes = /(?:^|[ ,])scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ') ?? [];
  return (
    reply?.status === 403 &&
    /^Bearer .*error="insufficient_scope"/.test(challenge) &&
    ['basket:read', 'basket:write'].every((scope) => scopes.includes(scope))
  );
}
