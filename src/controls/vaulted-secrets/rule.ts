import { judge, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { findCredential } from '../../text/credential-shape.ts';

const LISTED = 'the tools';
const LOADED = 'secrets of the audit log';
const SHOWN = 'a credential in what a model reads';
const LITERAL = 'a secret that is in no vault';

/** Where a value can be without being in a text that people and repositories keep. */
const VAULTS: ReadonlySet<unknown> = new Set([
  'from file',
  'from age',
  'from vault',
  'from aws',
  'from gcp',
  'from azure',
]);

/** Looks for credentials in everything that the server tells a model, and in the audit log for where its secrets came from. */
export const rule: Rule = {
  id: 'vaulted-secrets',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const tools = await connection.request('tools/list');
    const others = [];
    for (const method of ['resources/list', 'resources/templates/list', 'prompts/list', 'server/discover'])
      others.push(await connection.request(method));
    await connection.close();
    const shown = [tools, ...others].map(({ message }) => JSON.stringify(message?.['result'] ?? ''));
    const loaded = (await target.records()).filter(
      ({ kind, decision }) => kind === 'rotation' && decision === 'loaded',
    );
    return [
      { label: LISTED, reply: tools },
      { label: LOADED, fact: loaded.length },
      { label: SHOWN, fact: shown.some((text) => findCredential(text) !== undefined) },
      { label: LITERAL, fact: loaded.some(({ detail }) => !VAULTS.has(detail)) },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    const isAbsent = ({ fact }: Observation) => fact === false;
    return judge(observations, {
      baseline: { [LISTED]: served, [LOADED]: ({ fact }) => typeof fact === 'number' && fact > 0 },
      attacks: { [SHOWN]: isAbsent, [LITERAL]: isAbsent },
    });
  },
};
