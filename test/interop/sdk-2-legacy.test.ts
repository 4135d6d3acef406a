import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { atEnd, startInterop } from '../support/interop.ts';
import { createOAuthClient, type OAuthClient } from '../support/oauth-client.ts';

function createClient(): Client {
  return new Client({ name: 'interop', version: '1.0.0' }, { capabilities: { elicitation: { form: {} } } });
}

/** Signs in, and connects without a word of an era: that is the legacy one. */
async function connect(
  t: TestContext,
): Promise<{ client: Client; account: OAuthClient; transport: StreamableHTTPClientTransport }> {
  const { url } = await startInterop(t);
  const account = createOAuthClient();
  const first = new StreamableHTTPClientTransport(new URL(url), { authProvider: account });
  await assert.rejects(createClient().connect(first), UnauthorizedError);
  await first.finishAuth(account.takeCallback());
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: account });
  const client = createClient();
  await client.connect(transport);
  atEnd(t, () => client.close());
  return { client, account, transport };
}

test('the client of SDK 2 signs in, steps up and calls in the legacy era', async (t) => {
  const { client, account, transport } = await connect(t);
  assert.equal(client.getNegotiatedProtocolVersion(), '2025-11-25');
  assert.deepEqual(account.granted, ['notes:read']);
  const draft = { title: 'Gates', body: 'A portcullis falls shut.' };
  await assert.rejects(client.callTool({ name: 'create_note', arguments: draft }), UnauthorizedError);
  await transport.finishAuth(account.takeCallback());
  assert.deepEqual(account.granted, ['notes:read', 'notes:write']);
  const { structuredContent } = await client.callTool({ name: 'create_note', arguments: draft });
  const id = String(Object(structuredContent)['id']);
  const { contents } = await client.readResource({ uri: `notes://note/${id}` });
  assert.deepEqual(contents, [
    { uri: `notes://note/${id}`, mimeType: 'text/markdown', text: '# Gates\n\nA portcullis falls shut.\n' },
  ]);
  const { completion } = await client.complete({
    ref: { type: 'ref/prompt', name: 'summarise' },
    argument: { name: 'topic', value: 'Ga' },
  });
  assert.deepEqual(completion.values, ['Gates']);
  await transport.terminateSession();
});

test('the client of SDK 2 lists and asks for prompts in the legacy era', async (t) => {
  const { client } = await connect(t);
  await client.ping();
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name).toSorted(), [
    'count',
    'greet',
    'read_note',
    'search_notes',
    'touch_about',
  ]);
  const { messages } = await client.getPrompt({ name: 'summarise', arguments: { topic: 'gates' } });
  assert.equal(messages[0]?.role, 'user');
  const { resourceTemplates } = await client.listResourceTemplates();
  assert.deepEqual(
    resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    ['notes://note/{id}'],
  );
});

test('the client of SDK 2 follows progress, log lines and updates in the legacy era', async (t) => {
  const { client } = await connect(t);
  const lines: unknown[] = [];
  client.setNotificationHandler('notifications/message', ({ params }) => void lines.push(params.level));
  await client.setLoggingLevel('info');
  const steps: number[] = [];
  const counted = await client.callTool(
    { name: 'count', arguments: { to: 3 } },
    { onprogress: ({ progress }) => void steps.push(progress) },
  );
  assert.deepEqual(counted.structuredContent, { counted: 3 });
  assert.deepEqual(steps, [1, 2, 3]);
  assert.deepEqual(lines, ['warning']);
  const updated = new Promise<string>((resolve) => {
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri));
  });
  await client.subscribeResource({ uri: 'notes://about' });
  await client.callTool({ name: 'touch_about', arguments: {} });
  assert.equal(await updated, 'notes://about');
  await client.unsubscribeResource({ uri: 'notes://about' });
});

test('the client of SDK 2 answers questions in the legacy era', async (t) => {
  const { client } = await connect(t);
  const answers: Record<string, string | boolean>[] = [{ name: 'Ada' }, { colour: 'green', sure: true }];
  const questions: string[] = [];
  client.setRequestHandler('elicitation/create', ({ params }) => {
    questions.push(params.message);
    return { action: 'accept', content: { ...answers[questions.length - 1] } };
  });
  const greeted = await client.callTool({ name: 'greet', arguments: {} });
  assert.deepEqual(greeted.content, [{ type: 'text', text: 'Ada likes green' }]);
  assert.deepEqual(questions, ['What is your name?', 'Which colour?']);
});
