import { setTimeout as wait } from 'node:timers/promises';
import { content, jsonSchema, PublicError, tool, type Tool } from '../../src/index.ts';
import contactSchema from './contact-schema.json' with { type: 'json' };

const NOTHING = jsonSchema<object>({
  type: 'object',
  properties: {},
  additionalProperties: false,
});
const SCOPE = 'fixture:use';
/** Between two messages of one call, so that a client sees them apart. */
const PAUSE_MS = 50;

/** One red pixel. */
export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';

/** One silent sample, 8 kHz, 16 bits, mono: a WAV file of 46 bytes. */
const SILENCE = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==';

const simpleText = tool({
  name: 'test_simple_text',
  description: 'Answers with one text block.',
  input: NOTHING,
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  run: () => [{ type: 'text', text: 'This is a simple text response for testing.' }],
});

const image = tool({
  name: 'test_image_content',
  description: 'Answers with one image block.',
  input: NOTHING,
  output: content('image'),
  scope: SCOPE,
  effect: 'read',
  run: () => [{ type: 'image', data: PIXEL, mimeType: 'image/png' }],
});

const audio = tool({
  name: 'test_audio_content',
  description: 'Answers with one audio block.',
  input: NOTHING,
  output: content('audio'),
  scope: SCOPE,
  effect: 'read',
  run: () => [{ type: 'audio', data: SILENCE, mimeType: 'audio/wav' }],
});

const embedded = tool({
  name: 'test_embedded_resource',
  description: 'Answers with an embedded resource.',
  input: NOTHING,
  output: content('resource'),
  scope: SCOPE,
  effect: 'read',
  run: () => [
    {
      type: 'resource',
      resource: {
        uri: 'test://embedded-resource',
        mimeType: 'text/plain',
        text: 'This is an embedded resource content.',
      },
    },
  ],
});

const mixed = tool({
  name: 'test_multiple_content_types',
  description: 'Answers with text, an image and an embedded resource.',
  input: NOTHING,
  output: content('text', 'image', 'resource'),
  scope: SCOPE,
  effect: 'read',
  run: () => [
    { type: 'text', text: 'Multiple content types test:' },
    { type: 'image', data: PIXEL, mimeType: 'image/png' },
    {
      type: 'resource',
      resource: {
        uri: 'test://mixed-content-resource',
        mimeType: 'application/json',
        text: '{"test":"data","value":123}',
      },
    },
  ],
});

const failing = tool({
  name: 'test_error_handling',
  description: 'Always fails.',
  input: NOTHING,
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  run: () => {
    throw new PublicError('This tool intentionally returns an error for testing');
  },
});

const logging = tool({
  name: 'test_tool_with_logging',
  description: 'Logs three lines while it works.',
  input: NOTHING,
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  async run(_, { log, signal }) {
    log.info('Tool execution started');
    await wait(PAUSE_MS, undefined, { signal });
    log.info('Tool processing data');
    await wait(PAUSE_MS, undefined, { signal });
    log.info('Tool execution completed');
    return [{ type: 'text', text: 'Logged three lines.' }];
  },
});

const quietLogging = tool({
  name: 'test_logging_tool',
  description: 'Logs one line; the client hears of it only when it asked for a log level.',
  input: NOTHING,
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  run: (_, { log }) => {
    log.info('test_logging_tool ran');
    return [{ type: 'text', text: 'Logged one line.' }];
  },
});

const progressing = tool({
  name: 'test_tool_with_progress',
  description: 'Reports progress three times while it works.',
  input: NOTHING,
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  async run(_, { progress, signal }) {
    progress(0, 100);
    await wait(PAUSE_MS, undefined, { signal });
    progress(50, 100);
    await wait(PAUSE_MS, undefined, { signal });
    progress(100, 100);
    return [{ type: 'text', text: 'Done.' }];
  },
});

const changesTools = tool({
  name: 'test_trigger_tool_change',
  description: 'Tells subscribers that the list of tools changed.',
  input: NOTHING,
  output: content('text'),
  scope: SCOPE,
  effect: 'write',
  run: (_, { changed }) => {
    changed.list('tools');
    return [{ type: 'text', text: 'Announced.' }];
  },
});

const changesPrompts = tool({
  name: 'test_trigger_prompt_change',
  description: 'Tells subscribers that the list of prompts changed.',
  input: NOTHING,
  output: content('text'),
  scope: SCOPE,
  effect: 'write',
  run: (_, { changed }) => {
    changed.list('prompts');
    return [{ type: 'text', text: 'Announced.' }];
  },
});

const wideSchema = tool({
  name: 'json_schema_2020_12_tool',
  description: 'Takes a contact, described with the keywords of JSON Schema 2020-12.',
  input: jsonSchema<Readonly<Record<string, unknown>>>(contactSchema),
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  run: (contact) => [{ type: 'text', text: `Took ${Object.keys(contact).length} fields.` }],
});

const mirrored = tool({
  name: 'test_mirrored_parameters',
  description: 'Takes parameters that the client mirrors into headers.',
  input: jsonSchema<{ readonly region: string; readonly priority: number; readonly dryRun: boolean }>({
    type: 'object',
    properties: {
      region: { type: 'string', maxLength: 100, 'x-mcp-header': 'Region' },
      priority: { type: 'integer', minimum: 0, maximum: 9, 'x-mcp-header': 'Priority' },
      dryRun: { type: 'boolean', 'x-mcp-header': 'Dry-Run' },
    },
    required: ['region', 'priority', 'dryRun'],
    additionalProperties: false,
  }),
  output: content('text'),
  scope: SCOPE,
  effect: 'read',
  run: ({ region }) => [{ type: 'text', text: `Region ${region}.` }],
});

/** Tools that answer by themselves. The first one takes no arguments: a scenario calls whatever comes first. */
export const contentTools: readonly Tool[] = [
  simpleText,
  image,
  audio,
  embedded,
  mixed,
  failing,
  logging,
  quietLogging,
  progressing,
  changesTools,
  changesPrompts,
  wideSchema,
  mirrored,
];
