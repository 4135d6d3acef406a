import { setTimeout as pause } from 'node:timers/promises';
import { judge, refused, resultOf, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const KEY = 'portcullis/task';
/** Milliseconds after which a task must be over; the target's own time must be below. */
const LAPSED_MS = 2_500;
const READ = 'a private read in a task';
const APART = 'a call to the outside in another task';
const SAME = 'a call to the outside in the same task';
const MADE_UP = 'the handle of a task that the client made up';
const PLAIN = 'a handle in the plain';
const FLIPPED = 'a handle with one bit changed';
const LATE = 'a handle after its time';
const CALLER = 'the handle of another caller';
const CLIENT = 'the handle of another client of the caller';
const STATE = 'the state of a round in another task';

/** Makes tasks, reads in private in one, and tries to leave it by handles that are not its own. */
export const rule: Rule = {
  id: 'task-context',
  async gather(target: Target): Promise<readonly Observation[]> {
    const alice = await target.connect({ capabilities: { elicitation: { form: {} } } });
    const old = await begin(alice);
    const lapse = pause(LAPSED_MS);
    const [one, two] = [await begin(alice), await begin(alice)];
    const seen: Observation[] = [{ label: READ, reply: await call(alice, 'read_private', one) }];
    seen.push({ label: SAME, reply: await call(alice, 'send_outside', one) });
    seen.push({ label: APART, reply: await call(alice, 'send_outside', two) });
    seen.push({ label: MADE_UP, reply: await call(alice, 'send_outside', 'p1.bWFkZSB1cA') });
    seen.push({ label: PLAIN, reply: await call(alice, 'send_outside', 'task-1') });
    seen.push({ label: FLIPPED, reply: await call(alice, 'send_outside', flip(two)) });
    if (target.era === 'modern') {
      const requestState = resultOf(await call(alice, 'ask_first', one))?.['requestState'];
      const second = { requestState, inputResponses: { sure: { action: 'accept', content: { sure: true } } } };
      seen.push({ label: STATE, reply: await call(alice, 'ask_first', two, second) });
    }
    if (target.mint !== undefined) {
      const scope = 'text:read';
      for (const [label, claims] of [
        [CALLER, { sub: 'bob', scope }],
        [CLIENT, { sub: 'alice', scope, client_id: 'another-client' }],
      ] as const) {
        const other = await target.connect({ token: await target.mint(claims) });
        seen.push({ label, reply: await call(other, 'send_outside', two) });
        await other.close();
      }
    }
    await lapse;
    seen.push({ label: LATE, reply: await call(alice, 'send_outside', old) });
    await alice.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = [SAME, MADE_UP, PLAIN, FLIPPED, LATE];
    for (const label of [STATE, CALLER, CLIENT])
      if (observations.some((seen) => seen.label === label)) attacks.push(label);
    return judge(observations, {
      baseline: { [READ]: served, [APART]: served },
      attacks: Object.fromEntries(attacks.map((label) => [label, refused])),
    });
  },
};

function call(connection: Connection, name: string, task: string, more: object = {}): Promise<Reply> {
  return connection.request('tools/call', { name, arguments: {}, ...more }, { meta: { [KEY]: task } });
}

/** Asks for a task; the handle comes with the answer. */
async function begin(connection: Connection): Promise<string> {
  const meta = resultOf(await connection.request('tools/list', {}, { meta: { [KEY]: 'new' } }))?.['_meta'];
  const handle = isObject(meta) ? meta[KEY] : undefined;
  return typeof handle === 'string' ? handle : '';
}

/** Changes one bit in the middle of what the text encodes. */
function flip(handle: string): string {
  const at = handle.indexOf('.') + 1;
  const bytes = Buffer.from(handle.slice(at), 'base64url');
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return handle.slice(0, at) + bytes.toString('base64url');
}
