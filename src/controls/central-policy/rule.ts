import { judge, refused, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';

type Request = readonly [method: string, params: JsonObject];

/** Requests by what they are aimed at; each has an open twin and a closed one. */
const REQUESTS: ReadonlyMap<string, (twin: string) => Request> = new Map<string, (twin: string) => Request>([
  ['tool', (twin) => ['tools/call', { name: `${twin}_tool`, arguments: {} }]],
  ['resource', (twin) => ['resources/read', { uri: `notes://${twin}` }]],
  ['resource of a template', (twin) => ['resources/read', { uri: `notes://${twin}/tea` }]],
  ['prompt', (twin) => ['prompts/get', { name: `${twin}_prompt` }]],
  ['completion of a prompt', (twin) => complete({ type: 'ref/prompt', name: `${twin}_prompt` }, 'tone')],
  ['completion of a template', (twin) => complete({ type: 'ref/resource', uri: `notes://${twin}/{topic}` }, 'topic')],
]);
const WATCHED = ['notes://closed', 'notes://closed/tea'] as const;
const OPEN_WATCH = 'an open subscription';
const CLOSED_WATCH = 'a closed subscription';

/** Uses what the policy allows, then its twin that the policy forbids, by every method that reaches either. */
export const rule: Rule = {
  id: 'central-policy',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [];
    for (const [what, request] of REQUESTS) {
      seen.push({ label: `an open ${what}`, reply: await connection.request(...request('open')) });
      seen.push({ label: `a closed ${what}`, reply: await connection.request(...request('closed')) });
    }
    seen.push({ label: OPEN_WATCH, fact: await watched(target, connection, ['notes://open', 'notes://open/tea']) });
    seen.push({ label: CLOSED_WATCH, fact: await watched(target, connection, WATCHED) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const all = (twin: string, holds: (observation: Observation) => boolean) =>
      Object.fromEntries([...REQUESTS.keys()].map((what) => [`${twin} ${what}`, holds]));
    return judge(observations, {
      baseline: { ...all('an open', served), [OPEN_WATCH]: ({ fact }) => fact === 2 },
      attacks: { ...all('a closed', refused), [CLOSED_WATCH]: ({ fact }) => fact === 0 },
    });
  },
};

function complete(ref: JsonObject, name: string): Request {
  return ['completion/complete', { ref, argument: { name, value: '' } }];
}

/** How many of the URIs the server agrees to watch. */
async function watched({ era }: Target, connection: Connection, uris: readonly string[]): Promise<number> {
  if (era === 'modern') return acknowledged(await listen(connection, uris));
  let count = 0;
  for (const uri of uris) {
    if (served({ label: uri, reply: await connection.request('resources/subscribe', { uri }) })) count += 1;
  }
  return count;
}

/** Hangs up as soon as the subscription is acknowledged. */
function listen(connection: Connection, resourceSubscriptions: readonly string[]): Promise<Reply> {
  const done = new AbortController();
  return connection.request(
    'subscriptions/listen',
    { notifications: { resourceSubscriptions } },
    { signal: done.signal, onNotification: () => done.abort() },
  );
}

function acknowledged({ notifications }: Reply): number {
  const params = notifications.find(({ method }) => method === 'notifications/subscriptions/acknowledged')?.['params'];
  const filter = isObject(params) ? params['notifications'] : undefined;
  const uris = isObject(filter) ? filter['resourceSubscriptions'] : undefined;
  return Array.isArray(uris) ? uris.length : 0;
}
