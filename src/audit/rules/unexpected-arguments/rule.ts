import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { inEra, judgeEach, liveRule, unknown, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';
import { callableTools, NOTHING_TO_CALL, shown } from '../../probes/tools.ts';

const NAME = 'portcullis_audit_unexpected';
const RIGHT = 'a right call of ';
const MORE = 'an argument that is not declared, to ';

const meta: RuleMeta = {
  id: 'unexpected-arguments',
  title: 'Arguments that a tool does not declare are refused',
  failure: 'Arguments that a tool does not declare are dropped without a word, or handed on',
  severity: 'medium',
  confidence: 'high',
  controls: ['VAL-01'],
  method: 'probe',
  remedy:
    'Refuse a call with an argument that the schema does not name. One that is dropped in silence was meant for something: a caller who mistypes a limit gets no limit.',
  references: ['OWASP MCP Top 10 MCP05', 'MCP 2026-07-28 server/tools#security-considerations'],
};

/** See `meta`. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    if (subject.surface.tools.length === 0) return undefined;
    const exchanges: Exchange[] = [];
    // A schema that is open on purpose is a finding of its own.
    const tools = callableTools(subject).filter(({ inputSchema }) => inputSchema['additionalProperties'] !== true);
    for (const era of subject.eras) {
      const connection = await subject.as('user', era);
      for (const { call } of tools) {
        const ask = async (label: string, more: object): Promise<void> => {
          const params = { name: call.name, arguments: { ...call.arguments, ...more } };
          exchanges.push((await connection.ask(inEra(label, era), 'tools/call', params)).exchange);
        };
        await ask(`${RIGHT}${shown(call.name)}`, {});
        await ask(`${MORE}${shown(call.name)}`, { [NAME]: 'x' });
      }
    }
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    if (exchanges.length === 0) return unknown(NOTHING_TO_CALL);
    const served = new Set(exchanges.filter((each) => outcomeOf(each) === 'served').map(({ label }) => label));
    const expected = exchanges.flatMap(({ label }): readonly (readonly [string, Expected])[] => {
      if (!label.startsWith(MORE)) return [];
      const tool = label.slice(MORE.length).replace(/ \((?:modern|legacy)\)$/, '');
      const holds: Expected['holds'] = (exchange) => {
        if (!served.has(exchange.label.replace(MORE, RIGHT))) return undefined;
        const outcome = outcomeOf(exchange);
        return outcome === 'unclear' ? undefined : outcome === 'refused';
      };
      return [
        [`${MORE}${tool}`, { holds, message: `serves a call of ${tool} with an argument that it does not declare` }],
      ];
    });
    return judgeEach(meta, exchanges, new Map(expected));
  },
});
