import type { JsonObject } from '../../../protocol/json.ts';
import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { attackOf, inEra, judgeEach, liveRule, unknown, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';
import { callableTools, NOTHING_TO_CALL, propertiesOf, type CallableTool, shown } from '../../probes/tools.ts';

interface Facts {
  /** Of each attack, the call that has to be served beside it. */
  readonly right: Readonly<Record<string, string>>;
}

const MOST_PROPERTIES = 4;

/** Values of another type that no reading of a text or a number makes right. */
const WRONG: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  ['string', { a: 1 }],
  ['number', 'none'],
  ['integer', 'none'],
  ['boolean', 'perhaps'],
  ['array', 7],
  ['object', 7],
]);

const meta: RuleMeta = {
  id: 'argument-types',
  title: 'Arguments of the wrong type, and calls without what they need, are refused',
  failure: 'Arguments of the wrong type, or calls without what they need, are served',
  severity: 'medium',
  confidence: 'high',
  controls: ['VAL-01'],
  method: 'probe',
  remedy:
    'Check the arguments of each call against the input schema that the server publishes, before the tool sees them.',
  references: ['MCP 2026-07-28 server/tools#security-considerations'],
};

/** See `meta`. */
export const rule: LiveRule<Facts> = liveRule(meta, {
  async gather(subject) {
    const tools = callableTools(subject);
    if (subject.surface.tools.length === 0) return undefined;
    const exchanges: Exchange[] = [];
    const right: Record<string, string> = {};
    for (const era of subject.eras) {
      const connection = await subject.as('user', era);
      const ask = async (label: string, name: string, given: unknown): Promise<void> => {
        exchanges.push((await connection.ask(inEra(label, era), 'tools/call', { name, arguments: given })).exchange);
      };
      for (const tool of tools) {
        const base = `a right call of ${shown(tool.call.name)}`;
        const attacks = attacksOn(tool);
        if (attacks.length > 0) await ask(base, tool.call.name, tool.call.arguments);
        for (const [label, given] of attacks) {
          right[inEra(label, era)] = inEra(base, era);
          await ask(label, tool.call.name, given);
        }
      }
    }
    if (tools.length > 0 && exchanges.length === 0) return undefined;
    return { exchanges, facts: { right } };
  },
  judge({ exchanges, facts }) {
    if (exchanges.length === 0) return unknown(NOTHING_TO_CALL);
    const served = new Set(exchanges.filter((each) => outcomeOf(each) === 'served').map(({ label }) => label));
    const holds: Expected['holds'] = (exchange) => {
      const outcome = outcomeOf(exchange);
      if (outcome === 'unclear' || !served.has(facts.right[exchange.label] ?? '')) return undefined;
      return outcome === 'refused';
    };
    const expected = Object.keys(facts.right).map((label): readonly [string, Expected] => [
      attackOf(label),
      { holds, message: `serves ${attackOf(label)}` },
    ]);
    return judgeEach(meta, exchanges, new Map(expected));
  },
});

function attacksOn({ call, inputSchema }: CallableTool): readonly (readonly [string, JsonObject])[] {
  const { required } = inputSchema;
  const needed = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  const wrong = propertiesOf(inputSchema)
    .slice(0, MOST_PROPERTIES)
    .flatMap(([name, property]) => {
      const value = typeof property['type'] === 'string' ? WRONG.get(property['type']) : undefined;
      if (value === undefined) return [];
      const label = `a call of ${shown(call.name)} with "${shown(name)}" of the wrong type`;
      return [[label, { ...call.arguments, [name]: value }] as const];
    });
  const missing = needed.slice(0, MOST_PROPERTIES).flatMap((name) => {
    if (!Object.hasOwn(call.arguments, name)) return [];
    const rest = Object.fromEntries(Object.entries(call.arguments).filter(([each]) => each !== name));
    return [[`a call of ${shown(call.name)} without "${shown(name)}", which it needs`, rest] as const];
  });
  return [...wrong, ...missing];
}
