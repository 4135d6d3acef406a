import { compile } from '../../../schema/compile.ts';
import type { JsonObject } from '../../../protocol/json.ts';
import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { inEra, liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Hit, RuleMeta } from '../../model.ts';
import { resultOf } from '../../probes/answers.ts';
import { callableTools, shown } from '../../probes/tools.ts';

/** What was wrong with a result, by the label of its exchange; empty where nothing was. */
interface Facts {
  readonly wrong: Readonly<Record<string, string>>;
}

const meta: RuleMeta = {
  id: 'result-schema',
  title: 'Results agree with the output schema of their tool',
  failure: 'Results do not agree with the output schema of their tool',
  severity: 'medium',
  confidence: 'high',
  controls: ['VAL-02'],
  method: 'probe',
  remedy: 'Check each result against the output schema before it leaves, and leave out what the schema does not name.',
  references: ['MCP 2026-07-28 server/tools#output-schema'],
};

/** See `meta`. */
export const rule: LiveRule<Facts> = liveRule(meta, {
  async gather(subject) {
    const tools = callableTools(subject).filter(({ outputSchema }) => outputSchema !== undefined);
    const declares = subject.surface.tools.some(({ outputSchema }) => outputSchema !== undefined);
    if (!declares) return undefined;
    const exchanges: Exchange[] = [];
    const wrong: Record<string, string> = {};
    for (const era of subject.eras) {
      const connection = await subject.as('user', era);
      for (const { call, outputSchema = {} } of tools) {
        const params = { name: call.name, arguments: call.arguments };
        const seen = await connection.ask(inEra(`a call of ${shown(call.name)}`, era), 'tools/call', params);
        exchanges.push(seen.exchange);
        if (outcomeOf(seen.exchange) === 'served')
          wrong[seen.exchange.label] = problemOf(outputSchema, resultOf(seen)?.['structuredContent']);
      }
    }
    return { exchanges, facts: { wrong } };
  },
  judge({ facts: { wrong } }) {
    const all = Object.entries(wrong);
    if (all.length === 0)
      return unknown("no tool with an output schema may be called: name one with --call tool='{...}'");
    const hits = all.flatMap(([label, problem]): readonly Hit[] =>
      problem === '' || problem === UNREADABLE ? [] : [{ message: `${label}: ${problem}`, place: { exchange: label } }],
    );
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} of ${all.length}`, hits };
    if (all.some(([, problem]) => problem === UNREADABLE)) return unknown(UNREADABLE);
    return { status: 'pass', why: `${meta.title}: ${all.length} looked at`, hits };
  },
});

const UNREADABLE = 'an output schema cannot be used';

/** What is wrong, without anything of the value. */
function problemOf(schema: JsonObject, value: unknown): string {
  if (value === undefined) return 'it declares an output schema and gives no structured content';
  try {
    const [issue] = compile(schema)(value) ?? [];
    return issue === undefined ? '' : issue.message;
  } catch {
    return UNREADABLE;
  }
}
