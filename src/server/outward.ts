import type { LeakFilter } from '../controls/leak-filter/control.ts';
import type { InertMarkup, NeutralJson } from '../controls/output-neutralisation/control.ts';
import type { SafeErrors } from '../controls/safe-errors/control.ts';
import { ERRORS } from '../errors.ts';
import type { Exchange } from '../pipeline/context.ts';
import { deny, type Denial } from '../pipeline/decision.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { Refusal } from './refusal.ts';

/** What a handler gave, on its way out. */
export interface Outward {
  /**
   * The JSON of the structured output of the exchange's tool, as it may leave; `exchange.output` is its value.
   * @throws Refusal when it may not.
   */
  structured(exchange: Exchange): string;
  /** Any other result with what handlers say in it, and its JSON; a refusal when it may not leave. */
  spoken(exchange: Exchange, result: JsonObject): Spoken | Denial;
}

/** A result and its JSON. */
export interface Spoken {
  readonly pass: true;
  readonly result: JsonObject;
  readonly json: string;
}

/** Methods whose results hold what handlers say. */
const SPOKEN: ReadonlySet<string> = new Set([
  'tools/call',
  'resources/read',
  'resources/list',
  'prompts/get',
  'completion/complete',
]);

/** Puts the controls on texts together, in their order: what hides, what acts, what leaks. */
export function createOutward(
  neutralJson: NeutralJson,
  markup: InertMarkup | undefined,
  leaks: LeakFilter | undefined,
): Outward {
  return {
    structured(exchange): string {
      let json = neutralJson(exchange.output);
      const inert = markup?.(exchange, json);
      if (inert !== undefined) json = take(exchange, inert.value);
      const cleaned = leaks?.look(exchange, json);
      if (cleaned === undefined) return json;
      if (!cleaned.pass) throw new Refusal(cleaned);
      return take(exchange, cleaned.value);
    },
    spoken(exchange, result): Spoken | Denial {
      const json = neutralJson(result);
      const { message } = exchange;
      if (message?.kind !== 'request' || !SPOKEN.has(message.method)) return { pass: true, result, json };
      let spoken: Spoken = { pass: true, result, json };
      const inert = markup?.(exchange, json);
      if (inert !== undefined) spoken = speak(inert.value);
      const cleaned = leaks?.look(exchange, spoken.json);
      if (cleaned === undefined) return spoken;
      return cleaned.pass ? speak(cleaned.value) : cleaned;
    },
  };
}

function speak(value: unknown): Spoken {
  return { pass: true, result: isObject(value) ? value : {}, json: JSON.stringify(value) };
}

/** Makes a value the output, when it still fits its schema. */
function take(exchange: Exchange, value: unknown): string {
  const { target } = exchange;
  const [issue] = (target?.kind === 'tool' ? target.checkOutput?.(value) : undefined) ?? [];
  if (issue !== undefined)
    throw new Refusal(deny('OUTPUT_WITHHELD', { detail: `what is left of the result does not fit: ${issue.path}` }));
  exchange.output = value;
  return JSON.stringify(value);
}

/** Sends the sentences of handlers through the filter as well; a fixed sentence holds nothing of theirs. */
export function filterSentences(errors: SafeErrors, leaks: LeakFilter | undefined): SafeErrors {
  if (leaks === undefined) return errors;
  return {
    thrown: (error) => errors.thrown(error),
    sentence(denial: Denial): string {
      const text = errors.sentence(denial);
      const fixed = ERRORS[denial.code].sentence;
      return text === fixed ? text : (leaks.sentence(text) ?? fixed);
    },
  };
}
