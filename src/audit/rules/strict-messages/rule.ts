import { isObject } from '../../../protocol/json.ts';
import { describeExchange, outcomeOf, type Exchange } from '../../live/exchange.ts';
import { attackOf, inEra, judgeEach, liveRule, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { LiveConnection } from '../../live/subject.ts';
import type { Hit, RuleMeta } from '../../model.ts';
import { holdsResult, resultOf } from '../../probes/answers.ts';
import { MALFORMED, metaText } from '../../probes/malformed.ts';

interface Facts {
  /** Labels for which a result came back, wherever it stood. */
  readonly served: readonly string[];
}

/** The last revision in which messages came in batches. */
const BATCHED = '2025-03-26';
const STILL = 'a right request behind the malformed ones';

const meta: RuleMeta = {
  id: 'strict-messages',
  title: 'Malformed messages are refused, and the server goes on',
  failure: 'Malformed messages are served',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-05'],
  method: 'probe',
  remedy:
    'Check each message against JSON-RPC 2.0 and the schema of MCP before anything else looks at it, with a parser that refuses duplicate keys and bytes that are no UTF-8.',
  references: ['JSON-RPC 2.0 sections 4 and 5', 'RFC 8259 sections 4 and 8.1', 'MCP 2026-07-28 basic'],
};

/** See `meta`. */
export const rule: LiveRule<Facts> = liveRule(meta, {
  async gather(subject) {
    const exchanges: Exchange[] = [];
    const served: string[] = [];
    for (const era of subject.eras) {
      const connection = await subject.open('user', era);
      let count = 0;
      for (const [attack, { make }] of MALFORMED) {
        if (attack === 'a batch' && versionOf(connection) === BATCHED) continue;
        const { method, params } = subject.home;
        const body = make({ method, meta: metaText(era), id: `"malformed-${++count}"` });
        const seen = await connection.ask(inEra(attack, era), method, params, { body });
        exchanges.push(seen.exchange);
        if (holdsResult(seen)) served.push(seen.exchange.label);
      }
      const { method, params } = subject.home;
      exchanges.push((await connection.ask(inEra(STILL, era), method, params)).exchange);
      await connection.close();
    }
    return { exchanges, facts: { served } };
  },
  judge({ exchanges, facts }) {
    const holds: Expected['holds'] = (exchange) => {
      if (facts.served.includes(exchange.label)) return false;
      // Taken for a notification, or for something that needs no answer.
      if (exchange.status === 202 || (exchange.status ?? 0) >= 500) return true;
      return outcomeOf(exchange) === 'refused' ? true : undefined;
    };
    const expected = new Map<string, Expected>(
      [...MALFORMED].map(([attack, { message, severity }]) => [attack, { holds, message, severity }]),
    );
    expected.set(STILL, { holds: isAlive, message: 'no longer serves after malformed messages', severity: 'high' });
    const judged = judgeEach(meta, exchanges, expected);
    const crashes = exchanges.filter(({ status, label }) => (status ?? 0) >= 500 && MALFORMED.has(attackOf(label)));
    const [first] = crashes;
    if (first === undefined || judged.status === 'unknown') return judged;
    const hit: Hit = {
      message: `answers ${crashes.length} malformed messages with an error of its own instead of a refusal`,
      place: { exchange: first.label },
      evidence: describeExchange(first),
      severity: 'low',
    };
    return {
      status: 'fail',
      why: judged.status === 'fail' ? judged.why : 'Malformed messages break it',
      hits: [...judged.hits, hit],
    };
  },
});

/** Undecided where it may be held up by a limit. */
function isAlive(exchange: Exchange): boolean | undefined {
  if (outcomeOf(exchange) === 'served') return true;
  return ['closed', 'late', 'unreachable', 'ignored'].includes(exchange.ending) ? false : undefined;
}

function versionOf({ hello }: LiveConnection): unknown {
  const result = hello === undefined ? undefined : resultOf(hello);
  return isObject(result) ? result['protocolVersion'] : undefined;
}
