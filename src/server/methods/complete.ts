import { isObject, type JsonObject } from '../../protocol/json.ts';
import type { Decision } from '../../pipeline/decision.ts';
import { argumentsOf } from '../../controls/primitive-validation/control.ts';
import { runGates } from '../gate.ts';
import { Refusal } from '../refusal.ts';
import { paramsOf, type Method } from './method.ts';

const MOST = 100;
const LONGEST = 1_000;

/**
 * `completion/complete` (MCP 2026-07-28 server/utilities/completion). The author's completer sees the caller, so that
 * suggestions tell nobody about what is not theirs.
 */
export const complete: Method = async (call) => {
  const { exchange } = call;
  const { target } = exchange;
  const params = paramsOf(exchange);
  const argument = isObject(params['argument']) ? params['argument'] : {};
  if (target === undefined || target.kind === 'tool') return answer([]);
  const completer = target.complete.get(String(argument['name']));
  if (completer === undefined) return answer([]);
  const value = String(argument['value']);
  const others = readContext(params['context'], argumentsOf(target));
  const suggested = await call.perform(target, (ctx, _isOver, asker) => {
    const suggest = (refused: Decision | undefined) => {
      if (refused !== undefined && !refused.pass) throw new Refusal(refused);
      return completer(value, ctx, others);
    };
    const refused = runGates(call.parts.quietGates, exchange, asker);
    return refused instanceof Promise ? refused.then(suggest) : suggest(refused);
  });
  return answer(
    Array.isArray(suggested) ? suggested.filter((item) => typeof item === 'string' && item.length <= LONGEST) : [],
  );
};

/** Earlier answers, of arguments that exist; what a completer makes of them it gets as untrusted text. */
function readContext(context: unknown, known: readonly string[]): Readonly<Record<string, string>> {
  const given = isObject(context) && isObject(context['arguments']) ? context['arguments'] : {};
  const texts = Object.entries(given).filter(
    (entry): entry is [string, string] =>
      known.includes(entry[0]) && typeof entry[1] === 'string' && entry[1].length <= LONGEST,
  );
  return Object.fromEntries(texts);
}

function answer(values: readonly unknown[]): JsonObject {
  return { completion: { values: values.slice(0, MOST), total: values.length, hasMore: values.length > MOST } };
}
