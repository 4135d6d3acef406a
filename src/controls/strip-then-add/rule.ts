import { judge, resultOf, served, textOf } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const PLAIN = 'a call that says nothing beside its arguments';
const META = 'metadata of the caller';
const VENDOR = 'metadata of the upstream';
const TOKEN = 'the token of the caller';
const SMUGGLED = 'smuggled-identity';

/** Headers that would make somebody of a caller. */
const HEADERS: ReadonlyMap<string, string> = new Map([
  ['a cookie', 'cookie'],
  ['an identity that a proxy is said to have found', 'x-forwarded-user'],
  ['an address that a proxy is said to have seen', 'x-forwarded-for'],
  ['a forwarded header', 'forwarded'],
  ['a user of its own making', 'x-user'],
]);

/** Calls a tool whose upstream tells what it was sent, and says something beside its own result. */
export const rule: Rule = {
  id: 'strip-then-add',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const call = (options: Parameters<typeof connection.request>[2]) =>
      connection.request('tools/call', { name: 'mirror', arguments: {} }, options);
    const plain = await call({});
    const seen: Observation[] = [
      { label: PLAIN, reply: plain },
      { label: VENDOR, reply: plain },
      { label: META, reply: await call({ meta: { 'com.example/identity': SMUGGLED } }) },
    ];
    if (target.transport === 'http') {
      seen.push({ label: TOKEN, reply: plain });
      for (const [label, name] of HEADERS) {
        const value = name === 'forwarded' ? `for=${SMUGGLED}` : name === 'cookie' ? `id=${SMUGGLED}` : SMUGGLED;
        seen.push({ label, reply: await call({ headers: { [name]: value } }) });
      }
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = new Set(observations.map(({ label }) => label));
    // Over standard streams nothing stands beside a message.
    const overHttp = labels.has(TOKEN) ? [...HEADERS.keys()] : [];
    return judge(observations, {
      baseline: { [PLAIN]: tells },
      attacks: {
        [META]: hasNot(SMUGGLED),
        [VENDOR]: hasNoVendor,
        ...(labels.has(TOKEN) ? { [TOKEN]: hasNot(' authorization') } : {}),
        ...Object.fromEntries(overHttp.map((label) => [label, hasNot(SMUGGLED)] as const)),
      },
    });
  },
};

/** Whether the upstream was asked, and told what it saw. */
function tells(observation: Observation): boolean {
  return served(observation) && textOf(observation.reply).startsWith('headers ');
}

function hasNot(what: string): (observation: Observation) => boolean {
  return (observation) => tells(observation) && !textOf(observation.reply).includes(what);
}

function hasNoVendor(observation: Observation): boolean {
  return tells(observation) && !JSON.stringify(resultOf(observation.reply)).includes('said by the upstream');
}
