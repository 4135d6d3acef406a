import type { JsonObject } from '../protocol/json.ts';
import { isObject } from '../protocol/json.ts';
import type { QuestionKind } from '../controls/client-capabilities/control.ts';
import { toJsonSchema, type StandardSchema } from '../schema/standard.ts';
import type { Question } from './ctx.ts';

const PRIMITIVES: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);
const forms = new WeakMap<object, JsonObject>();

/**
 * The JSON Schema of a form: one flat object of primitive fields (MCP 2026-07-28 client/elicitation#requested-schema).
 * @throws TypeError when a field is of another kind.
 */
export function formSchema(schema: StandardSchema<unknown, unknown>): JsonObject {
  const known = forms.get(schema);
  if (known !== undefined) return known;
  const { additionalProperties: _, ...form } = toJsonSchema(schema, 'input');
  const properties = form['properties'];
  if (form['type'] !== 'object' || !isObject(properties))
    throw new TypeError('elicit(): the schema must be an object of fields.');
  for (const [name, field] of Object.entries(properties)) {
    if (!isObject(field) || !(PRIMITIVES.has(field['type']) || Array.isArray(field['enum']) || isChoice(field))) {
      throw new TypeError(
        `elicit(): field "${name}" must be a string, number, integer, boolean, or a list of choices.`,
      );
    }
  }
  forms.set(schema, form);
  return form;
}

function isChoice(field: JsonObject): boolean {
  return Array.isArray(field['oneOf']) || (field['type'] === 'array' && isObject(field['items']));
}

/** The request that puts a question to the client. */
export function questionRequest(question: Question): JsonObject {
  switch (question.kind) {
    case 'form':
      return {
        method: 'elicitation/create',
        params: { mode: 'form', message: question.message, requestedSchema: formSchema(question.schema) },
      };
    case 'url':
      return { method: 'elicitation/create', params: { mode: 'url', message: question.message, url: question.url } };
    case 'sampling': {
      const { messages, maxTokens, systemPrompt } = question;
      return {
        method: 'sampling/createMessage',
        params: { messages, maxTokens, ...(systemPrompt === undefined ? {} : { systemPrompt }) },
      };
    }
    case 'roots':
      return { method: 'roots/list', params: {} };
  }
}

/** The reverse channel that a question uses. */
export function channelOf(kind: QuestionKind): 'elicitation' | 'sampling' | 'roots' {
  return kind === 'form' || kind === 'url' ? 'elicitation' : kind;
}

/**
 * Validates what a client answered: the value for the handler, or `undefined` when the question has to be asked again.
 * Members that were not asked for are dropped (MCP 2026-07-28 basic/patterns/mrtr#error-handling).
 */
export async function readAnswer(question: Question, answer: unknown): Promise<unknown> {
  if (!isObject(answer)) return undefined;
  switch (question.kind) {
    case 'form':
      return readForm(question.schema, answer);
    case 'url':
      return isAction(answer['action']) ? { action: answer['action'] } : undefined;
    case 'sampling': {
      const { role, content, model, stopReason } = answer;
      return role === 'assistant' && typeof model === 'string' && typeof content === 'object'
        ? { role, content, model, ...(stopReason === undefined ? {} : { stopReason }) }
        : undefined;
    }
    case 'roots':
      return Array.isArray(answer['roots']) && answer['roots'].every(isRoot) ? { roots: answer['roots'] } : undefined;
  }
}

function isAction(action: unknown): action is 'accept' | 'decline' | 'cancel' {
  return action === 'accept' || action === 'decline' || action === 'cancel';
}

function isRoot(root: unknown): boolean {
  return isObject(root) && typeof root['uri'] === 'string' && root['uri'].startsWith('file://');
}

async function readForm(schema: StandardSchema<unknown, unknown>, answer: JsonObject): Promise<unknown> {
  if (!isAction(answer['action'])) return undefined;
  if (answer['action'] !== 'accept') return { action: answer['action'] };
  const known = Object.keys(
    isObject(formSchema(schema)['properties']) ? (formSchema(schema)['properties'] as JsonObject) : {},
  );
  const content = isObject(answer['content']) ? answer['content'] : {};
  const asked = Object.fromEntries(
    known.filter((key) => Object.hasOwn(content, key)).map((key) => [key, content[key]]),
  );
  const validated = await schema['~standard'].validate(asked);
  return validated.issues === undefined ? { action: 'accept', content: validated.value } : undefined;
}
