import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { atEnd, startInterop } from '../support/interop.ts';
import { createOAuthClient, type OAuthClient, serveClientDocument } from '../support/oauth-client.ts';

function createClient(): Client {
  return new Client(
    { name: 'interop', version: '1.0.0' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' } },
  );
}

interface SignedIn {
  readonly client: Client;
  readonly account: OAuthClient;
  /** `METHOD path` of what the client asked for until it had signed in. */
  readonly visited: readonly string[];
  readonly transport: StreamableHTTPClientTransport;
}

/** Connects, signing in when the server asks for it. */
async function connect(t: TestContext, url: string, account: OAuthClient): Promise<SignedIn> {
  const visited: string[] = [];
  const recording = (input: string | URL, init?: RequestInit): Promise<Response> => {
    visited.push(`${init?.method ?? 'GET'} ${new URL(input).pathname}`);
    return fetch(input, init);
  };
  const first = new StreamableHTTPClientTransport(new URL(url), { authProvider: account, fetch: recording });
  await assert.rejects(createClient().connect(first), UnauthorizedError);
  await first.finishAuth(account.takeCallback());
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: account });
  const client = createClient();
  await client.connect(transport);
  atEnd(t, () => client.close());
  return { client, account, visited, transport };
}

test('the client of SDK 2 discovers, signs in by its metadata document, and negotiates the modern era', async (t) => {
  const { url, issuer } = await startInterop(t);
  const id = await serveClientDocument(t);
  const { client, account, visited } = await connect(t, url, createOAuthClient({ client_id: id, issuer }));
  assert.deepEqual(visited, [
    'POST /mcp',
    'GET /.well-known/oauth-protected-resource/mcp',
    'GET /.well-known/oauth-authorization-server',
    'POST /token',
  ]);
  const [asked] = account.asked;
  assert.equal(asked?.get('client_id'), id);
  assert.equal(asked?.get('code_challenge_method'), 'S256');
  assert.equal(asked?.get('resource'), url);
  assert.equal(asked?.get('scope'), 'notes:read offline_access');
  assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
  assert.equal(client.getProtocolEra(), 'modern');
  assert.deepEqual(client.getServerVersion(), { name: 'notes', version: '1.0.0', title: 'Notes' });
  assert.match(client.getInstructions() ?? '', /^Private notes/);
});

test('the client of SDK 2 registers itself where it has no metadata document, and steps up on a 403', async (t) => {
  const { url } = await startInterop(t);
  const { client, account, visited, transport } = await connect(t, url, createOAuthClient());
  assert.ok(visited.includes('POST /register'), visited.join(', '));
  assert.deepEqual(account.granted, ['notes:read']);
  const draft = { title: 'Gates', body: 'A portcullis falls shut.' };
  await assert.rejects(client.callTool({ name: 'create_note', arguments: draft }), UnauthorizedError);
  await transport.finishAuth(account.takeCallback());
  assert.deepEqual(account.granted, ['notes:read', 'notes:write']);
  const { structuredContent } = await client.callTool({ name: 'create_note', arguments: draft });
  const id = String(Object(structuredContent)['id']);
  const found = await client.callTool({ name: 'search_notes', arguments: { phrase: 'portcullis' } });
  assert.deepEqual(found.structuredContent, { notes: [{ id, title: 'Gates' }] });
  const { contents } = await client.readResource({ uri: `notes://note/${id}` });
  assert.deepEqual(contents, [
    { uri: `notes://note/${id}`, mimeType: 'text/markdown', text: '# Gates\n\nA portcullis falls shut.\n' },
  ]);
  const { resources } = await client.listResources();
  assert.deepEqual(resources.map(({ uri }) => uri).toSorted(), ['notes://about', `notes://note/${id}`].toSorted());
  const completed = await client.complete({
    ref: { type: 'ref/prompt', name: 'summarise' },
    argument: { name: 'topic', value: 'Ga' },
  });
  assert.deepEqual(completed.completion.values, ['Gates']);
  const ids = await client.complete({
    ref: { type: 'ref/resource', uri: 'notes://note/{id}' },
    argument: { name: 'id', value: id.slice(0, 4) },
  });
  assert.deepEqual(ids.completion.values, [id]);
});

test('the client of SDK 2 lists, asks for prompts, follows progress and log lines', async (t) => {
  const { url } = await startInterop(t);
  const { client } = await connect(t, url, createOAuthClient());
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name).toSorted(), [
    'count',
    'greet',
    'read_note',
    'search_notes',
    'touch_about',
  ]);
  const { prompts } = await client.listPrompts();
  assert.deepEqual(
    prompts.map(({ name, arguments: args }) => [name, args]),
    [['summarise', [{ name: 'topic', required: true }]]],
  );
  const { messages } = await client.getPrompt({ name: 'summarise', arguments: { topic: 'gates' } });
  assert.equal(messages.length, 1);
  const { resourceTemplates } = await client.listResourceTemplates();
  assert.deepEqual(
    resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    ['notes://note/{id}'],
  );
  const lines: unknown[] = [];
  client.setNotificationHandler('notifications/message', ({ params }) => void lines.push([params.level, params.data]));
  const steps: string[] = [];
  const counted = await client.callTool(
    { name: 'count', arguments: { to: 3 }, _meta: { 'io.modelcontextprotocol/logLevel': 'info' } },
    { onprogress: ({ progress, total, message }) => void steps.push(`${progress}/${total} ${message}`) },
  );
  assert.deepEqual(counted.structuredContent, { counted: 3 });
  assert.deepEqual(steps, ['1/3 step 1', '2/3 step 2', '3/3 step 3']);
  assert.equal(lines.length, 1);
});

test('the client of SDK 2 answers questions over several rounds', async (t) => {
  const { url } = await startInterop(t);
  const { client } = await connect(t, url, createOAuthClient());
  const questions: string[] = [];
  client.setRequestHandler('elicitation/create', ({ params }) => {
    questions.push(params.message);
    const answers: readonly Record<string, string | boolean>[] = [{ name: 'Ada' }, { colour: 'green', sure: true }];
    return { action: 'accept', content: { ...answers[questions.length - 1] } };
  });
  const greeted = await client.callTool({ name: 'greet', arguments: {} });
  assert.deepEqual(greeted.content, [{ type: 'text', text: 'Ada likes green' }]);
  assert.deepEqual(questions, ['What is your name?', 'Which colour?']);
  client.setRequestHandler('elicitation/create', () => ({ action: 'decline' }));
  const declined = await client.callTool({ name: 'greet', arguments: {} });
  assert.deepEqual(declined.content, [{ type: 'text', text: 'The name: decline' }]);
});

test('the client of SDK 2 listens for changes', async (t) => {
  const { url } = await startInterop(t);
  const { client } = await connect(t, url, createOAuthClient());
  const updated = new Promise<string>((resolve) => {
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri));
  });
  const subscription = await client.listen({
    resourcesListChanged: true,
    resourceSubscriptions: ['notes://about', 'notes://no'],
  });
  assert.deepEqual(subscription.honoredFilter, {
    resourcesListChanged: true,
    resourceSubscriptions: ['notes://about'],
  });
  await client.callTool({ name: 'touch_about', arguments: {} });
  assert.equal(await updated, 'notes://about');
  await subscription.close();
  assert.equal(await subscription.closed, 'local');
});

test('the client of SDK 2 is its metadata document where that is published over https', async (t) => {
  const { url } = await startInterop(t);
  const account = createOAuthClient();
  const clientMetadataUrl = 'https://client.example/metadata.json';
  const opened: URL[] = [];
  const authProvider = { ...account, clientMetadataUrl, redirectToAuthorization: (to: URL) => void opened.push(to) };
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider });
  await assert.rejects(createClient().connect(transport), UnauthorizedError);
  assert.equal(opened[0]?.searchParams.get('client_id'), clientMetadataUrl);
});
