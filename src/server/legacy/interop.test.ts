import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CLIENTS, type Address, type Answers, type LegacyClient } from '../../../test/support/legacy-client.ts';
import { legacyServer } from '../../../test/support/legacy-server.ts';
import { startIssuer, type TestIssuer } from '../../prove/issuer.ts';
import { serveHttp, type Host } from '../host.ts';

const PROGRAM = fileURLToPath(new URL('../../../test/support/legacy-stdio.ts', import.meta.url));

let issuer: TestIssuer | undefined;
let host: Host | undefined;
let token = '';
before(async () => {
  issuer = await startIssuer();
  host = await serveHttp(legacyServer(), { profile: 'dev', auth: { issuers: [{ issuer: issuer.issuer }] } });
  token = await issuer.mint({ aud: host.settings.http?.resource, scope: 'notes:read' });
});
after(async () => {
  await host?.close();
  await issuer?.close();
});

const ADDRESSES: ReadonlyMap<string, () => Address> = new Map<string, () => Address>([
  ['http', () => ({ url: new URL(host?.url ?? ''), token: () => token })],
  ['stdio', () => ({ program: process.execPath, args: [PROGRAM] })],
]);

for (const [transport, address] of ADDRESSES) {
  for (const [name, connect] of CLIENTS) {
    describe(`${name} over ${transport}`, () => suite((answers) => connect(address(), answers), transport));
  }
}

/** Client 2 gives both codes of a missing resource as one. */
const NOT_FOUND = { message: /Resource not found\./ };

function suite(connect: (answers?: Answers) => Promise<LegacyClient>, transport: string): void {
  let peer: LegacyClient;
  before(async () => {
    peer = await connect();
  });
  after(async () => {
    await peer.terminate();
    await peer.close();
  });

  test('initialize, ping and the lists', async () => {
    assert.deepEqual(peer.getServerVersion(), { name: 'legacy-notes', version: '1.0.0', title: 'Notes' });
    assert.equal(peer.getInstructions(), 'Ask for notes.');
    assert.deepEqual(peer.getServerCapabilities()?.resources, { listChanged: true, subscribe: true });
    assert.deepEqual(await peer.client.ping(), {});
    const { tools } = await peer.client.listTools();
    const seen = ['echo', 'work', 'ask', 'wait', 'touch'];
    if (transport === 'stdio') seen.splice(1, 0, 'erase');
    assert.deepEqual(
      tools.map((tool) => tool.name),
      seen,
    );
    assert.equal(tools[0]?.title, 'Echo');
    assert.equal(tools[0]?.outputSchema?.type, 'object');
    assert.deepEqual(
      (await peer.client.listResourceTemplates()).resourceTemplates[0]?.uriTemplate,
      'notes://note/{slug}',
    );
    assert.equal((await peer.client.listResources()).resources[0]?.uri, 'notes://today');
    assert.equal((await peer.client.listPrompts()).prompts[0]?.name, 'summary');
  });

  test('tools, resources, prompts and completion', async () => {
    const echo = await peer.call('echo', { phrase: 'hello' });
    assert.equal((echo.structuredContent as { phrase?: string }).phrase, 'hello');
    assert.equal(Object.hasOwn(echo, 'resultType'), false);
    const wrong = await peer.call('echo', { phrase: 7 });
    assert.equal(wrong.isError, true);
    await assert.rejects(peer.call('nothing'), { code: -32602 });
    const { contents } = await peer.client.readResource({ uri: 'notes://note/monday' });
    assert.deepEqual(contents, [{ uri: 'notes://note/monday', text: 'note monday' }]);
    await assert.rejects(peer.client.readResource({ uri: 'notes://nowhere' }), NOT_FOUND);
    const { messages } = await peer.client.getPrompt({ name: 'summary', arguments: { style: 'brief' } });
    assert.deepEqual(messages, [{ role: 'user', content: { type: 'text', text: 'Summarise, brief.' } }]);
    const { completion } = await peer.client.complete({
      ref: { type: 'ref/resource', uri: 'notes://note/{slug}' },
      argument: { name: 'slug', value: '' },
    });
    assert.deepEqual(completion.values, ['monday', 'tuesday']);
  });

  test('progress, and log lines from the level that was asked for', async () => {
    await peer.client.setLoggingLevel('info');
    const progress: unknown[] = [];
    const result = await peer.call('work', {}, { onprogress: (step) => progress.push(step) });
    assert.equal(result.content[0]?.text, 'done');
    // Client 2 loses the steps that come in one chunk of standard output with the answer.
    if (transport === 'http') {
      assert.deepEqual(progress, [
        { progress: 1, total: 2, message: 'half' },
        { progress: 2, total: 2 },
      ]);
    }
    assert.deepEqual(await peer.next('notifications/message'), {
      level: 'info',
      logger: 'work',
      data: 'half of it is done',
    });
  });

  test('elicitation, sampling and roots in the middle of a call', async () => {
    const asked: Readonly<Record<string, unknown>>[] = [];
    const elicit: Answers['elicit'] = (params) => {
      asked.push(params);
      return params['mode'] === 'url'
        ? { action: 'decline' }
        : { action: 'accept', content: { day: 'monday', planted: 'x' } };
    };
    const asking = await connect({ elicit, sampling: 'hello', roots: ['file:///notes/alice'] });
    try {
      const text = async (what: string) => (await asking.call('ask', { what })).content[0]?.text;
      assert.equal(await text('form'), '{"action":"accept","content":{"day":"monday"}}');
      assert.equal(await text('url'), '{"action":"decline"}');
      assert.equal(
        await text('sampling'),
        '{"role":"assistant","content":{"type":"text","text":"hello"},"model":"a-model"}',
      );
      assert.equal(await text('roots'), '[{"uri":"file:///notes/alice"}]');
      assert.equal(asked[1]?.['url'], 'https://example.com/sign');
      assert.match(String(asked[1]?.['elicitationId']), /^[\w-]{22}$/);
    } finally {
      await asking.close();
    }
  });

  test('an answer that does not fit the form is none, and a client is not asked what it cannot answer', async () => {
    const elicit: Answers['elicit'] = () => ({ action: 'accept', content: { day: 'x'.repeat(99) } });
    const asking = await connect({ elicit });
    try {
      const result = await asking.call('ask', { what: 'form' });
      assert.equal(result.isError, true);
      assert.match(result.content[0]?.text ?? '', /TOOL_FAILED/);
      await assert.rejects(asking.call('ask', { what: 'roots' }), { code: -32021 });
    } finally {
      await asking.close();
    }
  });

  test('subscribe, update, unsubscribe', async () => {
    await peer.client.subscribeResource({ uri: 'notes://today' });
    await assert.rejects(peer.client.subscribeResource({ uri: 'notes://nowhere' }), NOT_FOUND);
    // The stream for changes opens by itself; a change before that is heard by nobody.
    const heard = peer.next('notifications/resources/updated');
    while ((await Promise.race([heard, peer.call('touch').then(() => undefined)])) === undefined);
    assert.deepEqual(await heard, { uri: 'notes://today' });
    await peer.next('notifications/tools/list_changed');
    await peer.client.unsubscribeResource({ uri: 'notes://today' });
  });

  test('a call ends when the client cancels it', async () => {
    const controller = new AbortController();
    const call = peer.call('wait', {}, { signal: controller.signal });
    await peer.client.ping();
    controller.abort(new Error('enough'));
    await assert.rejects(call);
    assert.deepEqual(await peer.client.ping(), {});
  });
}
