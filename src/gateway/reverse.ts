import type { ReverseChannel } from '../pipeline/catalog.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { fromJsonSchema } from '../schema/standard.ts';
import type { Question } from '../server/ctx.ts';
import { neutralise } from '../text/neutralise.ts';
import { confineSchema } from './confine-schema.ts';

const MOST_MESSAGES = 64;
const MOST_TOKENS = 100_000;
const MOST_TEXT = 65_536;

const CHANNELS: ReadonlyMap<string, ReverseChannel> = new Map([
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
]);

/**
 * What an upstream asks, as a question to the client of its call, or why it is not put. A person is told who asks. URL mode is
 * closed: a page that a stranger names looks as if the gateway sent one there (MCP 2026-07-28 client/elicitation#security).
 * @param id The upstream.
 * @param asks What the configuration lets it ask for.
 */
export function questionOf(
  id: string,
  asks: ReadonlySet<ReverseChannel>,
  method: unknown,
  params: unknown,
): Question | { readonly refused: string } {
  const channel = typeof method === 'string' ? CHANNELS.get(method) : undefined;
  if (channel === undefined) return { refused: 'no request that a client serves' };
  if (!asks.has(channel)) return { refused: `${channel} is closed to it` };
  const given = isObject(params) ? params : {};
  if (channel === 'elicitation') return formOf(id, given);
  return channel === 'sampling' ? samplingOf(given) : { kind: 'roots' };
}

function formOf(id: string, { mode = 'form', message, requestedSchema }: JsonObject): Question | { refused: string } {
  if (mode !== 'form') return { refused: 'it may ask by a form and not by a page' };
  if (typeof message !== 'string' || !isObject(requestedSchema)) return { refused: 'its form is none' };
  const confined = confineSchema({ ...requestedSchema, additionalProperties: false });
  if ('problem' in confined) return { refused: `its form cannot be closed: ${confined.problem}` };
  const text = neutralise(message).slice(0, MOST_TEXT);
  return { kind: 'form', message: `${id}: ${text}`, schema: fromJsonSchema(confined.schema) };
}

function samplingOf({ messages, maxTokens, systemPrompt }: JsonObject): Question | { refused: string } {
  if (!Array.isArray(messages) || messages.length > MOST_MESSAGES || !messages.every(isMessage))
    return { refused: 'its messages are not plain text' };
  if (typeof maxTokens !== 'number' || !(maxTokens > 0 && maxTokens <= MOST_TOKENS))
    return { refused: `it may ask for at most ${MOST_TOKENS} tokens` };
  return {
    kind: 'sampling',
    messages: messages.map(({ role, content }) => ({
      role,
      content: { type: 'text', text: neutralise(content.text).slice(0, MOST_TEXT) },
    })),
    maxTokens,
    ...(typeof systemPrompt === 'string' ? { systemPrompt: neutralise(systemPrompt).slice(0, MOST_TEXT) } : {}),
  };
}

/** Text alone: a model is asked in the name of a person, who reads what it is asked. */
function isMessage(value: unknown): value is JsonObject & { readonly content: { readonly text: string } } {
  if (!isObject(value) || (value['role'] !== 'user' && value['role'] !== 'assistant')) return false;
  const { content } = value;
  return isObject(content) && content['type'] === 'text' && typeof content['text'] === 'string';
}
