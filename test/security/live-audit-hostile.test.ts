import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { reachOf, type Reach } from '../../src/audit/live/addresses.ts';
import { createHttpSubject } from '../../src/audit/live/http-subject.ts';
import { terminalReport } from '../../src/audit/report/terminal.ts';
import { RULES } from '../../src/audit/rules.ts';
import { createRun, judgeRun } from '../../src/audit/run.ts';
import { gatherLivePart } from '../../src/audit/parts/live.ts';
import { closeSharedIssuer } from '../../src/prove/target.ts';
import { hasHidden } from '../../src/text/neutralise.ts';
import { DEGENERATES, startDegenerate } from '../support/degenerate.ts';
import { atEnd } from '../support/interop.ts';
import { liveReport } from '../support/live-audit.ts';
import { startSmallServer, unguessable } from '../support/small-server.ts';

const LIVE = new Set(RULES.filter(({ kind }) => kind === 'live').map(({ meta }) => meta.id));
/** Little of everything, so that what never ends is given up soon. */
const IMPATIENT = { answerMs: 150, answerBytes: 100_000, bytes: 2_000_000, requests: 200, runMs: 4_000 };
const TOKENS = {
  user: 'token-of-a-user-0001',
  second: 'token-of-another-0002',
  low: 'token-of-little-0003',
  elsewhere: 'x.y.z',
};

for (const kind of DEGENERATES) {
  for (const tokens of [{}, TOKENS]) {
    const who = 'user' in tokens ? 'with tokens' : 'without a token';
    test(`no live rule says anything of a server that ${kind}, ${who}`, async (t) => {
      const server = await startDegenerate(kind);
      // Its target comes with tokens of the issuer that fixtures share.
      atEnd(t, closeSharedIssuer);
      atEnd(t, () => server.close());
      const { url } = await server.target('modern');
      const report = await liveReport(url?.href ?? '', { tokens });
      assert.equal(report.outcomes.length, LIVE.size);
      assert.deepEqual(
        report.outcomes.filter(({ status }) => status !== 'unknown' && status !== 'not-applicable'),
        [],
      );
      assert.equal(report.unread.length, 1);
    });
  }
}

/** Every text of a value, those of its keys too. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...textsIn(member)]);
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const ESCAPES = '\u001b]0;owned\u0007\u001b[2J\u202e<script>alert(1)</script>';

/** What comes back from a server that means harm. */
const HOSTILE: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  [
    'a stream without an end',
    (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = (): void => {
        while (!response.destroyed && response.write(`: ${'x'.repeat(10_000)}\n\n`));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    },
  ],
  [
    'a huge answer',
    (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('x'.repeat(3_000_000)),
  ],
  ['no answer', () => undefined],
  ['half a head', (_, response) => void response.socket?.write('HTTP/1.1 200 OK\r\nContent-Ty')],
  [
    'a bomb in gzip',
    (_, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(5_000_000))),
  ],
  [
    'chunks that are none',
    (_, response) => void response.socket?.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno\r\n'),
  ],
  [
    'a flood of headers',
    (_, response) => void response.socket?.end(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(50_000)}\r\n`),
  ],
  [
    'informational answers without an end',
    (_, response) => void response.socket?.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(5_000)),
  ],
  [
    'terminal escapes',
    (_, response) =>
      void response
        .writeHead(200, {
          'content-type': 'application/json',
          'x-powered-by': '<b>evil</b>',
          server: 'evil/1.2.3',
          'www-authenticate': 'Bearer \u009b2J',
        })
        .end(
          JSON.stringify({
            jsonrpc: '2.0',
            id: 'audit-1',
            error: { code: -1, message: ESCAPES },
            result: { [ESCAPES]: 1 },
          }),
        ),
  ],
  [
    'escapes that are no JSON',
    (_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end(ESCAPES),
  ],
  [
    'a result to every id, whatever was asked',
    (_, response) =>
      void response
        .writeHead(200, {
          'content-type': 'application/json',
          location: `https://169.254.169.254/${ESCAPES.replaceAll(/[^ -~]/g, '')}`,
        })
        .end(
          JSON.stringify({
            jsonrpc: '2.0',
            id: null,
            result: { tools: [{ name: ESCAPES }], nextCursor: String(Math.random()) },
          }),
        ),
  ],
]);

for (const [name, answer] of HOSTILE) {
  test(`the audit ends before ${name}, and shows nothing of it raw`, async (t) => {
    const url = await startSmallServer(t, {
      answer: (request, response) => {
        answer(request, response);
        return true;
      },
    });
    const part = await gatherLivePart(url, { tokens: TOKENS, limits: IMPATIENT });
    const report = judgeRun(createRun({ version: '0.0.0', target: url, at: '2026-01-01T00:00:00.000Z' }, [part]));
    const shown = terminalReport(report);
    for (const raw of ['\u001b]', '\u001b[2J', '\u0007', '\u202e']) assert.ok(!shown.includes(raw));
    const kept = JSON.stringify(part);
    assert.ok(kept.length < 2_000_000);
    for (const text of textsIn(part)) assert.ok(!hasHidden(text), JSON.stringify(text));
    // These two serve whatever they are asked, and so may be right in what they were not made for.
    if (name === 'terminal escapes' || name === 'a result to every id, whatever was asked') return;
    assert.deepEqual(
      report.outcomes.filter(({ status }) => status === 'pass').map(({ rule }) => rule),
      [],
    );
  });
}

const NEVER = [
  'http://169.254.169.254/latest/meta-data',
  'https://[fe80::1]/',
  'http://[::ffff:169.254.169.254]/',
  'http://2852039166/',
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://[fd00:ec2::254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://100.100.100.200/',
  'http://0.0.0.0/',
  'http://[::]/',
  'ftp://127.0.0.1/',
  'file:///etc/hostname',
  'http://ann:secret@127.0.0.1/',
];

test('nobody is sent to link-local addresses by what a server names', async (t) => {
  const pages = (origin: string) => ({
    '/.well-known/oauth-protected-resource': { resource: `${origin}/mcp`, authorization_servers: NEVER.slice(0, 3) },
  });
  const url = await startSmallServer(t, {
    token: TOKENS.user,
    challenge: () => `Bearer resource_metadata="${NEVER[0]}"`,
    pages,
  });
  const subject = await createHttpSubject(new URL(url), { tokens: TOKENS });
  atEnd(t, () => subject.close());
  for (const place of NEVER) assert.equal(await subject.http?.fetchNamed('a document', place), undefined, place);
  const own = await subject.http?.fetchNamed(
    'a document',
    `${new URL(url).origin}/.well-known/oauth-protected-resource`,
  );
  assert.equal(own?.exchange.status, 200);
  const report = await liveReport(url, { tokens: TOKENS }, ['issuer-metadata', 'resource-metadata']);
  assert.equal(report.outcomes.find(({ rule }) => rule === 'issuer-metadata')?.status, 'unknown');
});

test('where an address leads is known in every way to write it', () => {
  const cases: readonly (readonly [Reach, readonly string[]])[] = [
    ['loopback', ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']],
    ['private', ['10.1.2.3', '172.31.0.1', '192.168.1.1', '100.64.0.1', 'fd12::1', '::ffff:10.0.0.1']],
    ['public', ['8.8.8.8', '2606:4700::1111', '172.32.0.1', '::ffff:8.8.8.8']],
    ['never', ['169.254.1.1', 'fe80::1', '0.0.0.0', '::', '224.0.0.1', '::ffff:169.254.169.254', '168.63.129.16', 'x']],
  ];
  for (const [reach, addresses] of cases)
    for (const address of addresses) assert.equal(reachOf(address), reach, address);
});

test('a target among link-local addresses is not reached, by whatever name', async () => {
  for (const url of ['http://169.254.169.254/mcp', 'http://[fe80::1]/mcp', 'https://[::ffff:169.254.169.254]/mcp']) {
    const report = await liveReport(url, { tokens: TOKENS });
    assert.match(report.unread[0]?.why ?? '', /no audit may reach/);
    assert.ok(report.outcomes.every(({ status }) => status === 'unknown'));
  }
});

test('a server that serves at first and then refuses everything passes nothing', async (t) => {
  let count = 0;
  const url = await startSmallServer(t, {
    session: unguessable,
    answer: (_, response) => {
      count += 1;
      if (count <= 12) return false;
      response.writeHead(403).end();
      return true;
    },
  });
  const report = await liveReport(url, { tokens: TOKENS });
  assert.deepEqual(report.unread, []);
  assert.deepEqual(
    report.outcomes.filter(({ status }) => status === 'pass').map(({ rule }) => rule),
    [],
  );
});

test('a run sends no more than its budget, and passes nothing that it has not tried', async (t) => {
  let count = 0;
  const url = await startSmallServer(t, {
    session: unguessable,
    answer: () => {
      count += 1;
      return false;
    },
  });
  const report = await liveReport(url, { limits: { requests: 12 } });
  assert.equal(count, 12);
  assert.deepEqual(
    report.outcomes.filter(({ status }) => status === 'pass').map(({ rule }) => rule),
    [],
  );
});

test('what a server says of itself is kept without its escapes and without our token', async (t) => {
  const tools = [{ name: ESCAPES, annotations: { readOnlyHint: true }, inputSchema: { type: 'object' } }];
  const url = await startSmallServer(t, {
    token: TOKENS.user,
    challenge: (origin) =>
      `Bearer scope="${TOKENS.user}", resource_metadata="${origin}/.well-known/oauth-protected-resource"`,
    tools,
    pages: (origin) => ({
      '/.well-known/oauth-protected-resource': {
        resource: `${origin}/${ESCAPES}${TOKENS.user}`,
        authorization_servers: [origin, `${ESCAPES}${TOKENS.user}`],
        scopes_supported: [TOKENS.user, ESCAPES],
      },
      '/.well-known/oauth-authorization-server': { issuer: ESCAPES, grant_types_supported: [ESCAPES, TOKENS.user] },
    }),
  });
  const part = await gatherLivePart(url, { tokens: TOKENS });
  assert.match(JSON.stringify(part), /a call of/);
  for (const text of textsIn(part)) assert.ok(!hasHidden(text) && !text.includes(TOKENS.user), JSON.stringify(text));
});

test('a redirect is told and not followed, and a token goes nowhere else', async (t: TestContext) => {
  const strays: (string | undefined)[] = [];
  const elsewhere = await startSmallServer(t, {
    answer: (request) => {
      strays.push(request.headers.authorization);
      return false;
    },
  });
  const url = await startSmallServer(t, {
    answer: (_, response) => {
      response.writeHead(307, { location: elsewhere }).end();
      return true;
    },
  });
  const report = await liveReport(url, { tokens: TOKENS });
  assert.deepEqual(strays, []);
  assert.match(report.unread[0]?.why ?? '', /redirects to http:\/\/127\.0\.0\.1:\d+\/mcp, which is not followed/);
});

test('what is kept of a run holds no token, wherever the server puts it', async (t) => {
  const secret = 'Zk3vQ9_server-side-secret-0123456789';
  const url = await startSmallServer(t, {
    token: TOKENS.user,
    challenge: () => `Bearer realm="${TOKENS.user}"`,
    headers: { 'set-cookie': `sid=${secret}; HttpOnly`, server: `x ${TOKENS.user}` },
    session: () => `${secret}-session`,
    onBroken: `you sent Bearer ${TOKENS.user} ${encodeURIComponent(TOKENS.second)} ${Buffer.from(TOKENS.user).toString('base64')}`,
  });
  const part = await gatherLivePart(`${url}?key=${secret}`, { tokens: TOKENS });
  const plain = await gatherLivePart(url, { tokens: TOKENS });
  for (const kept of [part, plain].map((each) => JSON.stringify(each))) {
    for (const token of [...Object.values(TOKENS).filter((each) => each.length > 5), secret])
      for (const form of [token, Buffer.from(token).toString('base64').replace(/=+$/, '')])
        assert.ok(!kept.includes(form), `${form} is kept`);
  }
  assert.ok(Object.keys(plain.gathered).length > 10);
});

test('what comes too fast comes again when it may, and not for longer than the run lasts', async (t) => {
  let count = 0;
  const busyAt = (busy: (request: number) => boolean): Promise<string> =>
    startSmallServer(t, {
      session: unguessable,
      answer: (_, response) => {
        count += 1;
        if (!busy(count)) return false;
        response.writeHead(429, { 'retry-after': '1' }).end();
        return true;
      },
    });
  const served = await liveReport(await busyAt((request) => request > 1 && request < 5), { tokens: TOKENS });
  const idle = await liveReport(await busyAt(() => false), { tokens: TOKENS });
  assert.deepEqual(
    served.outcomes.map(({ rule, status }) => [rule, status]),
    idle.outcomes.map(({ rule, status }) => [rule, status]),
  );
  const never = await liveReport(await busyAt(() => true), { tokens: TOKENS, limits: { runMs: 2_500 } });
  assert.ok(!never.outcomes.some(({ status }) => status === 'pass'));
});
