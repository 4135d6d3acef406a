import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { atEnd, startInterop } from '../support/interop.ts';
import { createOAuthClient, type OAuthClient } from '../support/oauth-client.ts';

interface SignedIn {
  readonly client: Client;
  readonly account: OAuthClient;
  readonly transport: StreamableHTTPClientTransport;
  readonly url: string;
}

function createClient(): Client {
  return new Client({ name: 'interop', version: '1.0.0' }, { capabilities: { elicitation: {} } });
}

/** The code of a callback, once. */
function codeOf(account: OAuthClient): string {
  return account.takeCallback().get('code') ?? '';
}

/** Connects, registering and signing in when the server asks for it. */
async function connect(t: TestContext, grants?: readonly string[]): Promise<SignedIn> {
  const { url } = await startInterop(t);
  const account = createOAuthClient(undefined, grants);
  const first = new StreamableHTTPClientTransport(new URL(url), { authProvider: account });
  await assert.rejects(createClient().connect(first), UnauthorizedError);
  await first.finishAuth(codeOf(account));
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: account });
  const client = createClient();
  await client.connect(transport);
  atEnd(t, () => client.close());
  return { client, account, transport, url };
}

test('the client of SDK 1 registers, signs in, and steps up on a 403', async (t) => {
  const { client, account, transport, url } = await connect(t, ['authorization_code']);
  assert.ok(account.registered !== undefined);
  const [asked] = account.asked;
  assert.equal(asked?.get('client_id'), account.registered);
  assert.equal(asked?.get('code_challenge_method'), 'S256');
  assert.equal(asked?.get('resource'), url);
  assert.equal(transport.protocolVersion, '2025-11-25');
  assert.deepEqual(account.granted, ['notes:read']);
  const draft = { title: 'Gates', body: 'A portcullis falls shut.' };
  await assert.rejects(client.callTool({ name: 'create_note', arguments: draft }), UnauthorizedError);
  await transport.finishAuth(codeOf(account));
  assert.ok(account.granted.includes('notes:write'));
  const { structuredContent } = await client.callTool({ name: 'create_note', arguments: draft });
  const id = String(Object(structuredContent)['id']);
  const { contents } = await client.readResource({ uri: `notes://note/${id}` });
  assert.deepEqual(contents, [
    { uri: `notes://note/${id}`, mimeType: 'text/markdown', text: '# Gates\n\nA portcullis falls shut.\n' },
  ]);
  const { completion } = await client.complete({
    ref: { type: 'ref/resource', uri: 'notes://note/{id}' },
    argument: { name: 'id', value: id.slice(0, 4) },
  });
  assert.deepEqual(completion.values, [id]);
  await transport.terminateSession();
});

test('the client of SDK 1 lists and asks for prompts over HTTP', async (t) => {
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
  const { resources } = await client.listResources();
  assert.deepEqual(
    resources.map(({ uri }) => uri),
    ['notes://about'],
  );
  const { prompts } = await client.listPrompts();
  assert.deepEqual(
    prompts.map(({ name }) => name),
    ['summarise'],
  );
  const { messages } = await client.getPrompt({ name: 'summarise', arguments: { topic: 'gates' } });
  assert.equal(messages[0]?.role, 'user');
});

test('the client of SDK 1 is asked, told of progress, and told of changes over HTTP', async (t) => {
  const { client } = await connect(t);
  const answers = [{ name: 'Ada' }, { colour: 'green', sure: true }];
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { ...answers.shift() } }));
  const greeted = await client.callTool({ name: 'greet', arguments: {} });
  assert.deepEqual(greeted.content, [{ type: 'text', text: 'Ada likes green' }]);
  const lines: string[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void lines.push(params.level));
  await client.setLoggingLevel('info');
  const steps: number[] = [];
  const onprogress = ({ progress }: { progress: number }): void => void steps.push(progress);
  await client.callTool({ name: 'count', arguments: { to: 3 } }, undefined, { onprogress });
  assert.deepEqual(steps, [1, 2, 3]);
  assert.deepEqual(lines, ['warning']);
  const updated = new Promise<string>((resolve) => {
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri));
  });
  await client.subscribeResource({ uri: 'notes://about' });
  await client.callTool({ name: 'touch_about', arguments: {} });
  assert.equal(await updated, 'notes://about');
});

test('the client of SDK 1 does not step up while it holds a refresh token, which cannot widen a scope', async (t) => {
  const { client, account } = await connect(t);
  const draft = { title: 'Gates', body: 'A portcullis falls shut.' };
  await assert.rejects(client.callTool({ name: 'create_note', arguments: draft }), /403 after trying upscoping/);
  assert.equal(account.asked.length, 1);
});

test('the client of SDK 1 hears of a list that changed, over HTTP', async (t) => {
  const { client, account, transport } = await connect(t, ['authorization_code']);
  const draft = { title: 'Gates', body: 'A portcullis falls shut.' };
  await assert.rejects(client.callTool({ name: 'create_note', arguments: draft }), UnauthorizedError);
  await transport.finishAuth(codeOf(account));
  const changed = new Promise<void>((resolve) => {
    client.setNotificationHandler(ResourceListChangedNotificationSchema, () => resolve());
  });
  await client.callTool({ name: 'create_note', arguments: draft });
  await changed;
});
