import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { readLog } from '../../src/record/read.ts';
import { verifyLog } from '../../src/record/verify.ts';
import { type Account, createAccount } from '../tour/account.ts';
import { openBrowser, type Person } from '../tour/browser.ts';
import { createStage } from '../tour/stage.ts';
import { callRaw, type Reply } from '../tour/wire.ts';
import { createWorld } from './tour/world.ts';

const stage = createStage();
const world = await createWorld();

/** A person with the official client, connected; signs in when the server asks for it. */
async function connect(person: Person): Promise<{ client: Client; account: Account }> {
  const account = createAccount(world.clientId, world.redirectUrl, openBrowser(person));
  const first = new StreamableHTTPClientTransport(new URL(world.url), { authProvider: account });
  await wasRefused(newClient().connect(first));
  await first.finishAuth(account.takeCallback());
  const client = newClient();
  await client.connect(new StreamableHTTPClientTransport(new URL(world.url), { authProvider: account }));
  return { client, account };
}

function newClient(): Client {
  return new Client({ name: 'tour', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
}

async function wasRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UnauthorizedError) return;
    throw error;
  }
  throw new Error('the server did not ask for authorization');
}

/** Waits for the audit record of a refusal, and tells it in a line. */
async function recordOf(request: string): Promise<string> {
  const signal = AbortSignal.timeout(10_000);
  const options = { follow: true, signal, filter: (record: { request: string }) => record.request === request };
  for await (const { index, kind, decision, control } of readLog(world.logDirectory, options)) {
    return `audit record ${index}: ${kind}, ${decision ?? '-'}${control === undefined ? '' : `, by ${control}`}`;
  }
  return 'no audit record';
}

async function attack(what: string, reply: Reply, status: number, code: string): Promise<void> {
  stage.expect(what, `${reply.status} ${reply.code}`, reply.status === status && reply.code === code);
  const record = await recordOf(reply.request);
  if (!record.includes(code)) stage.expect('its audit record', record, false);
  stage.note(reply.sentence);
  stage.note(record);
}

function person(name: string): Person {
  const found = world.users.find((user) => user.name === name);
  if (found === undefined) throw new Error(`there is no demo user ${name}`);
  return found;
}

try {
  stage.heading('Sign in and read');
  const alice = await connect(person('alice'));
  const [asked] = alice.account.asked;
  stage.expect('discovered, and asked to sign in', asked?.get('scope') ?? '', asked?.get('scope') === 'notes:read');
  stage.expect(
    'by client ID metadata document',
    asked?.get('client_id') ?? '',
    asked?.get('client_id') === world.clientId,
  );
  stage.expect('with PKCE', asked?.get('code_challenge_method') ?? '', asked?.get('code_challenge_method') === 'S256');
  stage.expect('for this server alone', asked?.get('resource') ?? '', asked?.get('resource') === world.url);
  const version = alice.client.getNegotiatedProtocolVersion() ?? '';
  stage.expect('negotiated the modern era', version, version === '2026-07-28');
  const nothing = await alice.client.callTool({ name: 'search_notes', arguments: { phrase: 'gate' } });
  stage.expect('alice searches her notes', JSON.stringify(nothing.structuredContent), nothing.isError !== true);

  stage.heading('Step up and write');
  const draft = { title: 'On gates', body: 'A portcullis is a gate that falls shut.' };
  const early = await callRaw(world.url, alice.account.accessToken, 'create_note', draft);
  const scope = /scope="([^"]*)"/.exec(early.challenge)?.[1] ?? '';
  await attack('writing with notes:read alone', early, 403, 'SCOPE_INSUFFICIENT');
  stage.expect('the challenge names the scope', scope, scope.split(' ').includes('notes:write'));
  const transport = new StreamableHTTPClientTransport(new URL(world.url), { authProvider: alice.account });
  const client = newClient();
  await client.connect(transport);
  await wasRefused(client.callTool({ name: 'create_note', arguments: draft }));
  await transport.finishAuth(alice.account.takeCallback());
  stage.expect('alice allows it', alice.account.granted, alice.account.granted.split(' ').includes('notes:write'));
  const made = await client.callTool({ name: 'create_note', arguments: draft });
  const id = String(Object(made.structuredContent)['id']);
  stage.expect('and the note is kept', JSON.stringify(made.structuredContent), made.isError !== true);
  const { contents } = await client.readResource({ uri: `notes://note/${id}` });
  const text = contents[0] !== undefined && 'text' in contents[0] ? contents[0].text : '';
  stage.expect('and read as a resource', JSON.stringify(text.slice(0, 34)), text.includes(draft.body));

  stage.heading('Six attacks');
  const phrase = { phrase: 'gate' };
  const issuer = world.secondIssuer;
  const sound = await callRaw(world.url, await issuer.mint(world.url, 300), 'search_notes', phrase);
  stage.expect(
    'first, a sound token is served',
    `${sound.status} ${sound.code || 'served'}`,
    sound.status === 200 && sound.code === '',
  );
  await attack('1  no token', await callRaw(world.url, undefined, 'search_notes', phrase), 401, 'TOKEN_MISSING');
  const foreign = await issuer.mint('http://127.0.0.1:1/other', 300);
  await attack(
    '2  a token for another server',
    await callRaw(world.url, foreign, 'search_notes', phrase),
    401,
    'TOKEN_INVALID',
  );
  const expired = await issuer.mint(world.url, 30);
  await attack('3  an expired token', await callRaw(world.url, expired, 'search_notes', phrase), 401, 'TOKEN_EXPIRED');
  const bob = await connect(person('bob'));
  const stolen = await callRaw(world.url, bob.account.accessToken, 'read_note', { id });
  await attack("4  bob reads alice's note", stolen, 200, 'OBJECT_FORBIDDEN');
  const token = alice.account.accessToken;
  const hidden = await callRaw(world.url, token, 'delete_note', { id }, { headers: { 'mcp-name': 'search_notes' } });
  await attack('5  a header that hides the tool', hidden, 400, 'HEADER_MISMATCH');
  const more = await callRaw(world.url, token, 'search_notes', { ...phrase, owner: 'bob' });
  await attack('6  an argument that nobody declared', more, 200, 'ARGUMENTS_INVALID');

  stage.heading('Verify the audit log');
  await Promise.all([alice.client.close(), client.close(), bob.client.close()]);
  await world.stop();
  const report = await verifyLog(world.logDirectory, world.log.verifier);
  stage.expect('every record and signature', `${report.records} records, ${report.signed} signed`, report.ok);
} finally {
  await world.stop().catch(() => undefined);
  await world.remove();
}

const { failures } = stage;
process.stdout.write(
  failures === 0 ? '\nEverything went as it should.\n' : `\n${failures} of it did not go as it should.\n`,
);
process.exitCode = failures === 0 ? 0 : 1;
