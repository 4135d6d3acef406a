import { judge, served } from '../../audit/judge.ts';
import type { Observation, RequestOptions, Rule, Target, Verdict } from '../../audit/rule.ts';
import type { JsonObject } from '../../protocol/json.ts';

/** One message that is over one limit, and how it is sent. */
type Attack = () => readonly [method: string, params: JsonObject, options?: RequestOptions];

const weigh = (text: string, numbers: readonly number[]): JsonObject => ({
  name: 'weigh',
  arguments: { text, numbers },
});

const ATTACKS: ReadonlyMap<string, Attack> = new Map<string, Attack>([
  ['a body over its limit', () => ['tools/call', { ...weigh('x', []), _meta: { 'com.example/pad': pad(6, 1_900) } }]],
  ['nesting over its limit', () => ['tools/call', { ...weigh('x', []), _meta: { 'com.example/nest': nested(40) } }]],
  ['a string over its limit', () => ['tools/call', weigh('x'.repeat(2_001), [])]],
  [
    'an array over its limit',
    () => [
      'tools/call',
      weigh(
        'x',
        Array.from({ length: 101 }, () => 1),
      ),
    ],
  ],
  ['keys over their limit', () => ['tools/call', { ...weigh('x', []), _meta: { 'com.example/keys': keys(250) } }]],
  ['a result over its limit', () => ['tools/call', { name: 'fill', arguments: { units: 5_000 } }]],
]);
const HEADERS = 'headers over their number';

/**
 * Sends messages that are over one limit each, and one that is at its limit. The target must be set to 8 KiB of body,
 * 8 levels, 2,000 units, 100 items, 200 keys, 4 KiB of result and 32 headers.
 */
export const rule: Rule = {
  id: 'size-limits',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const atLimit = weigh(
      'x'.repeat(2_000),
      Array.from({ length: 100 }, () => 1),
    );
    const seen: Observation[] = [
      { label: 'a message at its limits', reply: await connection.request('tools/call', atLimit) },
    ];
    for (const [label, attack] of ATTACKS) seen.push({ label, reply: await connection.request(...attack()) });
    if (target.transport === 'http') {
      const headers = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x-pad-${index}`, '1']));
      seen.push({ label: HEADERS, reply: await connection.request('tools/call', weigh('x', []), { headers }) });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = [...ATTACKS.keys(), ...observations.flatMap(({ label }) => (label === HEADERS ? [label] : []))];
    const attacks = Object.fromEntries(labels.map((label) => [label, isStopped]));
    return judge(observations, { baseline: { 'a message at its limits': served }, attacks });
  },
};

/** A body that is cut off while it is sent may leave nothing to read but a closed connection. */
function isStopped(observation: Observation): boolean {
  const { reply } = observation;
  return !served(observation) && (reply?.status === undefined || reply.status < 500);
}

function pad(parts: number, units: number): readonly string[] {
  return Array.from({ length: parts }, () => 'x'.repeat(units));
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

function keys(count: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0]));
}
