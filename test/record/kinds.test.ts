import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { tool } from '../../src/index.ts';
import { startIssuer } from '../../src/prove/issuer.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import { serveHttp } from '../../src/server/host.ts';
import { server } from '../../src/server/server.ts';

const paint = tool({
  name: 'paint',
  description: 'Paints a wall.',
  input: z.strictObject({ wall: z.string().max(9), coats: z.int().min(1).max(3) }),
  output: z.strictObject({ colour: z.string().max(9) }),
  scope: ['walls:paint', 'walls:read'],
  effect: 'write',
  asks: ['elicitation'],
  run: async (_, ctx) => {
    const answer = await ctx.elicit({
      message: 'Which colour?',
      schema: z.strictObject({ colour: z.string().max(9) }),
    });
    return { colour: answer.action === 'accept' ? answer.content.colour : 'none' };
  },
});

const Asked = z.object({
  result: z.object({ inputRequests: z.record(z.string(), z.unknown()), requestState: z.string() }),
});

test('a challenge, a question and the call that succeeds are told apart in the log', async () => {
  const events: AuditEvent[] = [];
  const recorder: Recorder = {
    append: async (event) => ({ index: events.push(event) - 1 }),
    note: (event) => void events.push(event),
    healthy: true,
    close: async () => undefined,
  };
  const issuer = await startIssuer();
  const host = await serveHttp(server({ name: 'walls', version: '1.0.0', tools: [paint] }), {
    profile: 'dev',
    recorder,
    auth: { issuers: [{ issuer: issuer.issuer }] },
  });
  try {
    const aud = host.settings.http?.resource;
    const call = async (scope: string, more: object = {}): Promise<{ status: number; text: string }> => {
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
      };
      const params = { name: 'paint', arguments: { wall: 'north', coats: 2 }, ...more, _meta };
      const response = await fetch(host.url ?? '', {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json, text/event-stream',
          'MCP-Protocol-Version': '2026-07-28',
          'Mcp-Method': 'tools/call',
          'Mcp-Name': 'paint',
          Authorization: `Bearer ${await issuer.mint({ aud, scope })}`,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
      });
      return { status: response.status, text: await response.text() };
    };
    const challenged = await call('walls:read');
    assert.equal(challenged.status, 403);
    const first = await call('walls:read walls:paint');
    const { inputRequests, requestState } = Asked.parse(JSON.parse(first.text)).result;
    const [key = ''] = Object.keys(inputRequests);
    const inputResponses = { [key]: { action: 'accept', content: { colour: 'red' } } };
    // The order of keys is the client's own business: it may differ from round to round.
    const again = { coats: 2, wall: 'north' };
    const last = await call('walls:read walls:paint', { arguments: again, requestState, inputResponses });
    assert.match(last.text, /"structuredContent":\{"colour":"red"\}/);
  } finally {
    await host.close();
    await issuer.close();
  }
  const calls = events.filter(({ method }) => method === 'tools/call');
  assert.deepEqual(
    calls.map(({ kind, decision, control, scopes }) => ({ kind, decision, control, scopes })),
    [
      {
        kind: 'denied',
        decision: 'SCOPE_INSUFFICIENT',
        control: 'scope-step-up',
        scopes: ['walls:paint', 'walls:read'],
      },
      { kind: 'intent', decision: undefined, control: undefined, scopes: undefined },
      { kind: 'elicitation', decision: undefined, control: undefined, scopes: undefined },
      { kind: 'intent', decision: undefined, control: undefined, scopes: undefined },
      { kind: 'outcome', decision: 'pass', control: undefined, scopes: undefined },
    ],
  );
  const [denied, intent, elicitation, , outcome] = calls;
  assert.equal(typeof denied?.principal, 'string');
  assert.equal(denied?.principal, elicitation?.principal);
  assert.equal(intent?.request, elicitation?.request);
  assert.match(elicitation?.args ?? '', /^[\w-]{43}$/);
  assert.equal(elicitation?.args, outcome?.args);
});
