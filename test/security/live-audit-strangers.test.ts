import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { FastMCP } from 'fastmcp';
import * as z from 'zod';
import type { AuditReport } from '../../src/audit/run.ts';
import { judgeRun, type AuditRun } from '../../src/audit/run.ts';
import { isObject } from '../../src/protocol/json.ts';
import { atEnd, freePort, listen, ROOT, startInterop } from '../support/interop.ts';
import { liveReport, liveRun } from '../support/live-audit.ts';
import { obtainToken } from '../support/oauth-client.ts';

/** What may be called of the bare servers. */
const ADD = { calls: [{ name: 'add', arguments: { a: 1 } }] };
const SEARCH = { calls: [{ name: 'search', arguments: { phrase: 'a', limit: 1, archived: false } }] };

const CALL = [{ name: 'search_notes', arguments: { phrase: 'a' } }];

test('the notes have nothing that a live rule finds, and a run that was kept says so again without the token', async (t) => {
  const server = await startInterop(t);
  const token = await obtainToken(server.url);
  const run = await liveRun(server.url, {
    tokens: { user: token, second: await obtainToken(server.url) },
    calls: CALL,
  });
  const report = judgeRun(run);
  assert.deepEqual(report.findings, []);
  assert.deepEqual(
    report.outcomes.filter(({ status }) => status === 'unknown').map(({ rule }) => rule),
    // Seven need tokens that the only user of this server cannot get; one tool asks what nobody is there to answer, and is not called;
    // a burst is sent only where it is asked for.
    [
      'cache-scope',
      'existence-oracle',
      'expired-token',
      'foreign-object',
      'foreign-subscription',
      'other-audience',
      'request-burst',
      'request-state-checks',
      'scope-challenge',
      'unexpected-arguments',
    ],
  );
  const kept = JSON.stringify(run);
  assert.ok(!kept.includes(token) && !token.split('.').some((part) => part.length > 12 && kept.includes(part)));
  assert.deepEqual(judgeRun(JSON.parse(kept) as AuditRun), report);
});

test('the notes without a token are unknown, with what would help', async (t) => {
  const server = await startInterop(t);
  const report = await liveReport(server.url);
  assert.match(report.unread[0]?.why ?? '', /wants a token and none was given.*--token-file/);
  assert.deepEqual(report.findings, []);
  assert.ok(report.outcomes.every(({ status }) => status === 'unknown' || status === 'not-applicable'));
});

/** What is wrong with servers that are built as their documentation begins, and nothing that is not. */
test('the bare server of the official SDK 2 is told its gaps', async (t) => {
  const child = fork(join(ROOT, 'bench/servers/sdk.ts'), { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  atEnd(t, () => child.kill());
  const told = await new Promise((resolve) => child.once('message', resolve));
  const url = isObject(told) && typeof told['url'] === 'string' ? told['url'] : '';
  assert.deepEqual(gaps(await liveReport(url, SEARCH)), {
    'foreign-host': 'high',
    'foreign-origin': 'high',
    'open-input-schema': 'low',
    'oversized-request': 'medium',
    'strict-messages': 'medium',
    'unbounded-input-schema': 'low',
    'unexpected-arguments': 'medium',
    'unknown-methods': 'low',
  });
});

test('the bare server of the official SDK 1 is told its gaps', async (t) => {
  const server = createServer((request, response) => {
    const mcp = new McpServer({ name: 'bare', version: '1.0.0' });
    mcp.registerTool('add', { inputSchema: { a: z.number() }, annotations: { readOnlyHint: true } }, ({ a }) => ({
      content: [{ type: 'text', text: String(a) }],
    }));
    const transport = new StreamableHTTPServerTransport({});
    void mcp
      .connect(transport as Parameters<typeof mcp.connect>[0])
      .then(() => transport.handleRequest(request, response));
  });
  const url = `${await listen(server)}/mcp`;
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  assert.deepEqual(gaps(await liveReport(url, ADD)), {
    'foreign-host': 'high',
    'foreign-origin': 'high',
    'open-input-schema': 'low',
    'oversized-request': 'medium',
    'strict-messages': 'medium',
    'unexpected-arguments': 'medium',
  });
});

test('the server of fastmcp is told its gaps', async (t) => {
  const port = await freePort();
  const server = new FastMCP({ name: 'bare', version: '1.0.0', logger: SILENT });
  server.addTool({
    name: 'add',
    parameters: z.object({ a: z.number() }),
    execute: ({ a }) => Promise.resolve(String(a)),
  });
  await server.start({ transportType: 'httpStream', httpStream: { port, host: '127.0.0.1' } });
  atEnd(t, () => server.stop());
  assert.deepEqual(gaps(await liveReport(`http://127.0.0.1:${port}/mcp`, ADD)), {
    'cross-origin-reading': 'medium',
    'foreign-host': 'high',
    'foreign-origin': 'high',
    'oversized-request': 'low',
    'strict-messages': 'medium',
    'unexpected-arguments': 'medium',
  });
});

const SILENT = { debug: nothing, error: nothing, info: nothing, log: nothing, warn: nothing };

function nothing(): void {
  // Its log is of no use here.
}

/** The rules that failed, each with its worst. */
function gaps({ findings }: AuditReport): Readonly<Record<string, string>> {
  return Object.fromEntries(findings.toReversed().map(({ rule, severity }) => [rule, severity]));
}
