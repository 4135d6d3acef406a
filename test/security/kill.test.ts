import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadOrCreateKey, verifierKey } from '../../src/record/keys.ts';
import { openLog } from '../../src/record/log.ts';
import { readLog } from '../../src/record/read.ts';
import { verifyLog } from '../../src/record/verify.ts';
import { startIssuer } from '../../src/prove/issuer.ts';

const KILLS = Number(process.env['PORTCULLIS_KILLS'] ?? 50);
const CALLS_BEFORE_KILL = 60;
const CONNECTIONS = 8;
const AUDIENCE = 'http://127.0.0.1:9/mcp';

function call(port: number, agent: Agent, token: string, trace: string): Promise<boolean> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
  };
  const params = { name: 'save', arguments: { word: trace }, _meta: meta };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const headers = {
    host: 'kill.test',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'save',
    authorization: `Bearer ${token}`,
  };
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', path: '/mcp', method: 'POST', headers, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      response.on('end', () => resolve(text.includes('"saved":true')));
      response.on('error', () => resolve(false));
      response.on('aborted', () => resolve(false));
    });
    sent.on('error', () => resolve(false));
    sent.end(body);
  });
}

/** Loads a fresh server on the same log and kills it with calls in flight; gives the traces of those that were answered. */
async function loadAndKill(folder: string, issuer: string, token: string): Promise<readonly string[]> {
  const child = fork(new URL('../support/kill-server.ts', import.meta.url), [folder, issuer]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { readonly port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const answered: string[] = [];
  let killed = false;
  const worker = async (): Promise<void> => {
    while (!killed) {
      const trace = randomBytes(16).toString('hex');
      if (await call(port, agent, token, trace)) answered.push(trace);
      // The kill comes from within the load, so that other calls are in flight.
      if (answered.length >= CALLS_BEFORE_KILL && !killed) {
        killed = true;
        child.kill('SIGKILL');
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  await exited;
  agent.destroy();
  return answered;
}

test(`the log holds every answered call after each of ${KILLS} kills`, { timeout: 600_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-kill-'));
  const issuer = await startIssuer();
  t.after(async () => {
    await issuer.close();
    await rm(folder, { recursive: true, force: true });
  });
  const directory = join(folder, 'log');
  const token = await issuer.mint({
    sub: 'alice',
    scope: 'words:write',
    aud: AUDIENCE,
    exp: Math.floor(Date.now() / 1000) + 890,
  });
  const answered = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    for (const trace of await loadAndKill(folder, issuer.issuer, token)) answered.add(trace);
    const key = await loadOrCreateKey(join(folder, 'key.pem'));
    const log = await openLog({ directory, origin: 'portcullis/kill', key });
    await log.close();
    const report = await verifyLog(directory, verifierKey('portcullis/kill', key));
    assert.equal(report.ok, true, JSON.stringify(report));
    const [intents, outcomes] = [new Set<string>(), new Set<string>()];
    for await (const record of readLog(directory)) {
      if (record.kind === 'intent' && record.trace !== undefined) intents.add(record.trace);
      if (record.kind === 'outcome' && record.decision === 'pass' && record.trace !== undefined)
        outcomes.add(record.trace);
    }
    for (const trace of answered) {
      assert.ok(outcomes.has(trace), `kill ${kill}: an answered call has no outcome`);
      assert.ok(intents.has(trace), `kill ${kill}: an answered call has no intent`);
    }
  }
  assert.ok(answered.size >= KILLS * CALLS_BEFORE_KILL);
});
