import { judge, resultOf } from '../../audit/judge.ts';
import type { Connection, Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const CRM = 'a signature for the CRM';
const MAIL = 'a signature for the mail service';
const SHARED = 'the signature for one upstream, at the other';

/** Has the same text signed for two upstreams: equal signatures come of one secret, and who has it for one has both. */
export const rule: Rule = {
  id: 'secret-separation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const [crm, mail] = [await sign(connection, 'sign_for_crm'), await sign(connection, 'sign_for_mail')];
    await connection.close();
    return [
      { label: CRM, fact: crm },
      { label: MAIL, fact: mail },
      { label: SHARED, fact: crm === mail },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    const isText = ({ fact }: Observation) => typeof fact === 'string';
    return judge(observations, {
      baseline: { [CRM]: isText, [MAIL]: isText },
      attacks: { [SHARED]: ({ fact }) => fact === false },
    });
  },
};

async function sign(connection: Connection, name: string): Promise<string | undefined> {
  const reply = await connection.request('tools/call', { name, arguments: { text: 'probe' } });
  const output = resultOf(reply)?.['structuredContent'];
  return isObject(output) && typeof output['mac'] === 'string' ? output['mac'] : undefined;
}
