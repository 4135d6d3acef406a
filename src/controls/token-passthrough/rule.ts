import { createHash } from 'node:crypto';
import { judge, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Calls `relay`, which tells what it can reach, and looks for the caller's token in the answer. */
export const rule: Rule = {
  id: 'token-passthrough',
  async gather(target: Target): Promise<readonly Observation[]> {
    const { token } = target;
    if (token === undefined) return [];
    const connection = await target.connect({ token });
    const reply = await connection.request('tools/call', { name: 'relay', arguments: {} });
    await connection.close();
    return [
      { label: 'a call', reply },
      {
        label: 'what of the token came back',
        fact: tracesOf(token)
          .filter(([, text]) => reply.text.includes(text))
          .map(([name]) => name),
      },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'a call': served },
      attacks: { 'what of the token came back': ({ fact }) => Array.isArray(fact) && fact.length === 0 },
    });
  },
};

/** Parts of a token that are of no one else's, by name. */
function tracesOf(token: string): readonly (readonly [string, string])[] {
  const [, payload = token, signature = token] = token.split('.');
  const digest = createHash('sha256').update(token);
  return [
    ['payload', payload],
    ['signature', signature],
    ['digest', digest.copy().digest('base64url')],
    ['digest in hex', digest.digest('hex')],
  ];
}
