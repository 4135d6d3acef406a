import { jsonSchema, prompt, resource, server, type ServerDefinition } from '../../src/index.ts';
import { insecureWithoutAuthentication } from '../../src/insecure.ts';
import { askingTools } from './asking-tools.ts';
import { contentTools, PIXEL } from './content-tools.ts';

const SCOPE = 'fixture:use';
const NOTHING = jsonSchema<object>({
  type: 'object',
  properties: {},
  additionalProperties: false,
});

const resources = [
  resource({
    name: 'static-text',
    description: 'A text that never changes.',
    uri: 'test://static-text',
    mimeType: 'text/plain',
    scope: SCOPE,
    ttl: '1m',
    shared: true,
    read: () => ({ text: 'This is the content of the static text resource.' }),
  }),
  resource({
    name: 'static-binary',
    description: 'An image that never changes.',
    uri: 'test://static-binary',
    mimeType: 'image/png',
    scope: SCOPE,
    read: () => ({ blob: PIXEL }),
  }),
  resource({
    name: 'watched-resource',
    description: 'A text that clients subscribe to.',
    uri: 'test://watched-resource',
    mimeType: 'text/plain',
    scope: SCOPE,
    read: () => ({ text: 'Watched.' }),
  }),
  resource({
    name: 'template-data',
    description: 'One object of a family.',
    uriTemplate: 'test://template/{id}/data',
    mimeType: 'application/json',
    scope: SCOPE,
    params: jsonSchema<{ readonly id: string }>({
      type: 'object',
      properties: { id: { type: 'string', maxLength: 64 } },
      required: ['id'],
      additionalProperties: false,
    }),
    authorize: ({ id }) => /^\d+$/.test(id),
    read: ({ id }) => ({ text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }),
  }),
];

const simplePrompt = prompt({
  name: 'test_simple_prompt',
  description: 'One message without arguments.',
  arguments: NOTHING,
  scope: SCOPE,
  get: () => [{ role: 'user', content: { type: 'text', text: 'This is a simple prompt for testing.' } }],
});

const promptWithArguments = prompt({
  name: 'test_prompt_with_arguments',
  description: 'One message with two arguments in it.',
  arguments: jsonSchema<{ readonly arg1: string; readonly arg2: string }>({
    type: 'object',
    properties: {
      arg1: { type: 'string', description: 'First test argument', maxLength: 200 },
      arg2: { type: 'string', description: 'Second test argument', maxLength: 200 },
    },
    required: ['arg1', 'arg2'],
    additionalProperties: false,
  }),
  scope: SCOPE,
  complete: { arg1: (value) => ['testing', 'tested', 'tester'].filter((word) => word.startsWith(value)) },
  get: ({ arg1, arg2 }) => [
    { role: 'user', content: { type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` } },
  ],
});

const promptWithResource = prompt({
  name: 'test_prompt_with_embedded_resource',
  description: 'A message with an embedded resource.',
  arguments: jsonSchema<{ readonly resourceUri: string }>({
    type: 'object',
    properties: { resourceUri: { type: 'string', description: 'URI of the resource to embed', maxLength: 200 } },
    required: ['resourceUri'],
    additionalProperties: false,
  }),
  scope: SCOPE,
  get: ({ resourceUri }) => [
    {
      role: 'user',
      content: {
        type: 'resource',
        resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
      },
    },
    { role: 'user', content: { type: 'text', text: 'Please process the embedded resource above.' } },
  ],
});

const promptWithImage = prompt({
  name: 'test_prompt_with_image',
  description: 'A message with an image.',
  arguments: NOTHING,
  scope: SCOPE,
  get: () => [
    { role: 'user', content: { type: 'image', data: PIXEL, mimeType: 'image/png' } },
    { role: 'user', content: { type: 'text', text: 'Please analyze the image above.' } },
  ],
});

const askingPrompt = prompt({
  name: 'test_input_required_result_prompt',
  description: 'A message that needs to be told something first.',
  arguments: NOTHING,
  scope: SCOPE,
  asks: ['elicitation'],
  async get(_, ctx) {
    const schema = jsonSchema<{ readonly context: string }>({
      type: 'object',
      properties: { context: { type: 'string', maxLength: 200 } },
      required: ['context'],
      additionalProperties: false,
    });
    const message = 'What context should the prompt use?';
    const answer = await ctx.elicit({ key: 'user_context', message, schema });
    const text = answer.action === 'accept' ? `Use this context: ${answer.content.context}` : 'There is no context.';
    return [{ role: 'user', content: { type: 'text', text } }];
  },
});

/**
 * The server that the official conformance suite asks for. The suite cannot log in, so authentication is off here, on
 * loopback, and nowhere else.
 */
export const everything: ServerDefinition = server({
  name: 'portcullis-conformance',
  version: '1.0.0',
  tools: [...contentTools, ...askingTools],
  resources,
  prompts: [simplePrompt, promptWithArguments, promptWithResource, promptWithImage, askingPrompt],
  insecure: [insecureWithoutAuthentication],
});
