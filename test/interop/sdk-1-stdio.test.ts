import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { atEnd, clientEnvironment, scratch, stdioArguments } from '../support/interop.ts';

/** Starts `portcullis dev --stdio` and connects to it; the process ends with the test. */
async function connect(t: TestContext): Promise<Client> {
  const home = await scratch(t);
  const args = await stdioArguments(t);
  const client = new Client({ name: 'interop', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  atEnd(t, () => client.close());
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [...args],
      env: clientEnvironment(home),
      cwd: home,
      stderr: 'ignore',
    }),
  );
  return client;
}

test('the client of SDK 1 uses tools, resources, prompts and completion over stdio', async (t) => {
  const client = await connect(t);
  assert.deepEqual(client.getServerVersion(), { name: 'notes', version: '1.0.0', title: 'Notes' });
  assert.match(client.getInstructions() ?? '', /^Private notes/);
  await client.ping();
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name).toSorted(), [
    'count',
    'create_note',
    'delete_note',
    'greet',
    'read_note',
    'search_notes',
    'touch_about',
  ]);
  const draft = { title: 'Gates', body: 'A portcullis falls shut.' };
  const { structuredContent } = await client.callTool({ name: 'create_note', arguments: draft });
  const id = String(Object(structuredContent)['id']);
  const found = await client.callTool({ name: 'search_notes', arguments: { phrase: 'portcullis' } });
  assert.deepEqual(found.structuredContent, { notes: [{ id, title: 'Gates' }] });
  const { resources } = await client.listResources();
  assert.deepEqual(resources.map(({ uri }) => uri).toSorted(), [`notes://about`, `notes://note/${id}`].toSorted());
  const { contents } = await client.readResource({ uri: `notes://note/${id}` });
  assert.deepEqual(contents, [
    { uri: `notes://note/${id}`, mimeType: 'text/markdown', text: '# Gates\n\nA portcullis falls shut.\n' },
  ]);
  const { resourceTemplates } = await client.listResourceTemplates();
  assert.deepEqual(
    resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    ['notes://note/{id}'],
  );
  const { prompts } = await client.listPrompts();
  assert.deepEqual(
    prompts.map(({ name }) => name),
    ['summarise'],
  );
  const { messages } = await client.getPrompt({ name: 'summarise', arguments: { topic: 'gates' } });
  assert.equal(messages[0]?.role, 'user');
  const { completion } = await client.complete({
    ref: { type: 'ref/prompt', name: 'summarise' },
    argument: { name: 'topic', value: 'Ga' },
  });
  assert.deepEqual(completion.values, ['Gates']);
  const wrong = await client.callTool({ name: 'read_note', arguments: { id: 'no' } });
  assert.equal(wrong.isError, true);
});

test('the client of SDK 1 is asked, told of progress, log lines and updates over stdio', async (t) => {
  const client = await connect(t);
  const answers = [{ name: 'Ada' }, { colour: 'green', sure: true }];
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { ...answers.shift() } }));
  const greeted = await client.callTool({ name: 'greet', arguments: {} });
  assert.deepEqual(greeted.content, [{ type: 'text', text: 'Ada likes green' }]);
  const lines: string[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void lines.push(params.level));
  await client.setLoggingLevel('info');
  const steps: number[] = [];
  const onprogress = ({ progress }: { progress: number }): void => void steps.push(progress);
  const counted = await client.callTool({ name: 'count', arguments: { to: 3 } }, undefined, { onprogress });
  assert.deepEqual(counted.structuredContent, { counted: 3 });
  assert.deepEqual(steps, [1, 2, 3]);
  assert.deepEqual(lines, ['warning']);
  const updated = new Promise<string>((resolve) => {
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri));
  });
  await client.subscribeResource({ uri: 'notes://about' });
  await client.callTool({ name: 'touch_about', arguments: {} });
  assert.equal(await updated, 'notes://about');
});
