import { setTimeout as pause } from 'node:timers/promises';
import { judge, refused, resultOf } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Milliseconds after which state must have lapsed; the target's own limit must be below. */
const LAPSED_MS = 1_700;
const AGREED = { agreed: { action: 'accept', content: { sure: true } } };
const FLIPPED = 'state with one bit changed';
const SHORTER = 'state without its last bytes';
const FORGED = 'state that the client made up';
const ARGUMENTS = 'state of other arguments';
const TOOL = 'state of another tool';
const CALLER = 'state of another caller';
const CLIENT = 'state of another client of the caller';
const TWICE = 'state that was used before';
const LATE = 'state after its time';

/** Takes the state of a first round and sends it back changed, elsewhere, as someone else, twice and too late. */
export const rule: Rule = {
  id: 'request-state',
  async gather(target: Target): Promise<readonly Observation[]> {
    const capabilities = { elicitation: { form: {} } };
    const alice = await target.connect({ capabilities });
    const begin = async () => stateOf(await send(alice, 'move', 10));
    const old = await begin();
    const lapse = pause(LAPSED_MS);
    const used = await begin();
    const seen: Observation[] = [{ label: 'state as it was given', reply: await send(alice, 'move', 10, used) }];
    seen.push({ label: TWICE, reply: await send(alice, 'move', 10, used) });
    seen.push({ label: FLIPPED, reply: await send(alice, 'move', 10, flip(await begin())) });
    seen.push({ label: SHORTER, reply: await send(alice, 'move', 10, (await begin()).slice(0, -8)) });
    seen.push({ label: FORGED, reply: await send(alice, 'move', 10, forge()) });
    seen.push({ label: ARGUMENTS, reply: await send(alice, 'move', 99, await begin()) });
    seen.push({ label: TOOL, reply: await send(alice, 'send', 10, await begin()) });
    if (target.mint !== undefined) {
      const scope = 'money:move';
      for (const [label, claims] of [
        [CALLER, { sub: 'bob', scope }],
        [CLIENT, { sub: 'alice', scope, client_id: 'another-client' }],
      ] as const) {
        const other = await target.connect({ token: await target.mint(claims), capabilities });
        seen.push({ label, reply: await send(other, 'move', 10, await begin()) });
        await other.close();
      }
    }
    await lapse;
    seen.push({ label: LATE, reply: await send(alice, 'move', 10, old) });
    await alice.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isHttp = observations.some(({ label }) => label === CALLER);
    const labels = [TWICE, FLIPPED, SHORTER, FORGED, ARGUMENTS, TOOL, LATE, ...(isHttp ? [CALLER, CLIENT] : [])];
    const attacks = Object.fromEntries(labels.map((label) => [label, refused]));
    return judge(observations, { baseline: { 'state as it was given': hasMoved }, attacks });
  },
};

function send(connection: Connection, name: string, amount: number, requestState?: string): Promise<Reply> {
  const second = requestState === undefined ? {} : { requestState, inputResponses: AGREED };
  return connection.request('tools/call', { name, arguments: { amount }, ...second });
}

function stateOf(reply: Reply): string {
  const state = resultOf(reply)?.['requestState'];
  return typeof state === 'string' ? state : '';
}

function hasMoved({ reply }: Observation): boolean {
  return JSON.stringify(resultOf(reply)?.['structuredContent']) === '{"moved":10}';
}

/** Changes one bit in the middle of what the text encodes. */
function flip(state: string): string {
  const at = state.indexOf('.') + 1;
  const bytes = Buffer.from(state.slice(at), 'base64url');
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return state.slice(0, at) + bytes.toString('base64url');
}

/** What a server that does not seal would make. */
function forge(): string {
  return Buffer.from(JSON.stringify({ round: 1, answers: {}, asked: { agreed: 'form' } })).toString('base64url');
}
