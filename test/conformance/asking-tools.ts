import { content, jsonSchema, tool, type Ctx, type ReverseChannel, type Tool } from '../../src/index.ts';

const SCOPE = 'fixture:use';
const NOTHING = jsonSchema<object>({
  type: 'object',
  properties: {},
  additionalProperties: false,
});

/** A form of one line of text. */
function line<K extends string>(field: K): ReturnType<typeof jsonSchema<Readonly<Record<K, string>>>> {
  return jsonSchema<Readonly<Record<K, string>>>({
    type: 'object',
    properties: { [field]: { type: 'string', maxLength: 200 } },
    required: [field],
    additionalProperties: false,
  });
}

const NAME = line('name');
const CONSENT = jsonSchema<{ readonly ok: boolean }>({
  type: 'object',
  properties: { ok: { type: 'boolean' } },
  required: ['ok'],
  additionalProperties: false,
});

function userMessage(text: string): { readonly role: 'user'; readonly content: { type: 'text'; text: string } } {
  return { role: 'user', content: { type: 'text', text } };
}

/** A tool without arguments that asks over the channels named and says in one sentence what came of it. */
function asking(
  name: string,
  description: string,
  asks: readonly ReverseChannel[],
  run: (ctx: Ctx) => Promise<string>,
): Tool {
  return tool({
    name,
    description,
    input: NOTHING,
    output: content('text'),
    scope: SCOPE,
    effect: 'read',
    asks,
    run: async (_, ctx) => [{ type: 'text', text: await run(ctx) }],
  });
}

const elicitation: readonly ReverseChannel[] = ['elicitation'];
const sampling: readonly ReverseChannel[] = ['sampling'];

const rounds: readonly Tool[] = [
  asking('test_input_required_result_elicitation', 'Asks for a name.', elicitation, async (ctx) => {
    const answer = await ctx.elicit({ key: 'user_name', message: 'What is your name?', schema: NAME });
    return answer.action === 'accept' ? `Hello, ${answer.content.name}!` : 'Hello, stranger!';
  }),
  asking('test_input_required_result_sampling', 'Asks the model for a capital.', sampling, async (ctx) => {
    const messages = [userMessage('What is the capital of France?')];
    const answer = await ctx.sample({ key: 'capital_question', messages, maxTokens: 100 });
    return JSON.stringify(answer['content']);
  }),
  asking('test_input_required_result_list_roots', 'Asks for the root folders.', ['roots'], async (ctx) => {
    const roots = await ctx.roots('client_roots');
    return `Roots: ${roots.map(({ uri }) => uri).join(', ')}`;
  }),
  asking('test_input_required_result_request_state', 'Asks for a confirmation.', elicitation, async (ctx) => {
    await ctx.elicit({ key: 'confirm', message: 'Please confirm', schema: CONSENT });
    return 'state-ok';
  }),
  asking('test_input_required_result_tampered_state', 'Asks for another confirmation.', elicitation, async (ctx) => {
    await ctx.elicit({ key: 'confirm', message: 'Please confirm', schema: CONSENT });
    return 'The state was as it had been sent.';
  }),
  asking(
    'test_input_required_result_multiple_inputs',
    'Asks the person, the model and the client in one round.',
    ['elicitation', 'sampling', 'roots'],
    async (ctx) => {
      const answers = await ctx.ask({
        user_name: { kind: 'form', message: 'What is your name?', schema: NAME },
        greeting: { kind: 'sampling', messages: [userMessage('Generate a greeting')], maxTokens: 50 },
        client_roots: { kind: 'roots' },
      });
      return `Answered: ${Object.keys(answers).join(', ')}`;
    },
  ),
  asking('test_input_required_result_multi_round', 'Asks twice, one after the other.', elicitation, async (ctx) => {
    await ctx.elicit({ key: 'step1', message: 'Step 1: What is your name?', schema: NAME });
    const color = line('color');
    const answer = await ctx.elicit({ key: 'step2', message: 'Step 2: What is your favorite color?', schema: color });
    return answer.action === 'accept' ? `The color is ${answer.content.color}.` : 'There is no color.';
  }),
  asking(
    'test_input_required_result_capabilities',
    'Asks whomever the client can ask.',
    ['elicitation', 'sampling'],
    async (ctx) => {
      if (ctx.canAsk('form')) await ctx.elicit({ message: 'What is your name?', schema: NAME });
      if (ctx.canAsk('sampling')) await ctx.sample({ messages: [userMessage('Say hello')], maxTokens: 50 });
      return 'Asked.';
    },
  ),
  asking('test_streaming_elicitation', 'Asks while the answer may be a stream.', elicitation, async (ctx) => {
    ctx.progress(1, 2);
    const answer = await ctx.elicit({ message: 'What is your name?', schema: NAME });
    return answer.action;
  }),
  asking('test_missing_capability', 'Needs a model to ask.', sampling, async (ctx) => {
    await ctx.sample({ messages: [userMessage('Say hello')], maxTokens: 10 });
    return 'Asked.';
  }),
];

const sample = tool({
  name: 'test_sampling',
  description: 'Asks the client model what it is told to ask.',
  input: jsonSchema<{ readonly prompt: string }>({
    type: 'object',
    properties: { prompt: { type: 'string', maxLength: 1_000 } },
    required: ['prompt'],
    additionalProperties: false,
  }),
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  asks: sampling,
  async run({ prompt }, ctx) {
    const answer = await ctx.sample({ messages: [userMessage(prompt)], maxTokens: 100 });
    return [{ type: 'text', text: `LLM response: ${JSON.stringify(answer['content'])}` }];
  },
});

const elicit = tool({
  name: 'test_elicitation',
  description: 'Asks the person for a name and an address.',
  input: jsonSchema<{ readonly message: string }>({
    type: 'object',
    properties: { message: { type: 'string', maxLength: 1_000 } },
    required: ['message'],
    additionalProperties: false,
  }),
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  asks: elicitation,
  async run({ message }, ctx) {
    const schema = jsonSchema<Readonly<Record<string, string>>>({
      type: 'object',
      properties: {
        username: { type: 'string', description: "User's response", maxLength: 200 },
        email: { type: 'string', description: "User's email address", maxLength: 254 },
      },
      required: ['username', 'email'],
      additionalProperties: false,
    });
    return [{ type: 'text', text: `User response: ${JSON.stringify(await ctx.elicit({ message, schema }))}` }];
  },
});

const CHOICES = ['option1', 'option2', 'option3'];
const titled = (...pairs: readonly (readonly [value: string, title: string])[]) =>
  pairs.map(([value, title]) => ({ const: value, title }));

const forms: readonly Tool[] = [
  asking('test_elicitation_sep1034_defaults', 'Shows a form with defaults.', elicitation, async (ctx) => {
    const schema = jsonSchema<Readonly<Record<string, unknown>>>({
      type: 'object',
      properties: {
        name: { type: 'string', default: 'John Doe', maxLength: 200 },
        age: { type: 'integer', default: 30 },
        score: { type: 'number', default: 95.5 },
        status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
        verified: { type: 'boolean', default: true },
      },
      required: [],
      additionalProperties: false,
    });
    const answer = await ctx.elicit({ message: 'Please review the values', schema });
    return `Elicitation completed: ${JSON.stringify(answer)}`;
  }),
  asking('test_elicitation_sep1330_enums', 'Shows a form with every kind of choice.', elicitation, async (ctx) => {
    const schema = jsonSchema<Readonly<Record<string, unknown>>>({
      type: 'object',
      properties: {
        untitledSingle: { type: 'string', enum: CHOICES },
        titledSingle: {
          type: 'string',
          oneOf: titled(['value1', 'First Option'], ['value2', 'Second Option'], ['value3', 'Third Option']),
        },
        legacyEnum: {
          type: 'string',
          enum: ['opt1', 'opt2', 'opt3'],
          enumNames: ['Option One', 'Option Two', 'Option Three'],
        },
        untitledMulti: { type: 'array', items: { type: 'string', enum: CHOICES }, maxItems: 3 },
        titledMulti: {
          type: 'array',
          items: { anyOf: titled(['value1', 'First Choice'], ['value2', 'Second Choice'], ['value3', 'Third Choice']) },
          maxItems: 3,
        },
      },
      required: [],
      additionalProperties: false,
    });
    const answer = await ctx.elicit({ message: 'Please choose', schema });
    return `Elicitation completed: ${JSON.stringify(answer)}`;
  }),
];

/** Tools that ask the person, the client's model or the client in the middle of a call. */
export const askingTools: readonly Tool[] = [...rounds, sample, elicit, ...forms];
