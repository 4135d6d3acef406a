import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import * as z from 'zod';
import type { CapabilityRuntime } from '../../src/capabilities/capability.ts';
import type { LoginSite } from '../../src/capabilities/lent.ts';
import { openCredential } from '../../src/gateway/credentials/open.ts';
import type { OpenCredential } from '../../src/gateway/credentials/credential.ts';
import type { CredentialOptions } from '../../src/gateway/credentials/options.ts';
import { serveHttp, tool } from '../../src/index.ts';
import { createSealer } from '../../src/pipeline/seal.ts';
import type { AuditEvent } from '../../src/record/event.ts';
import { createRedactor, type Redactor } from '../../src/record/redact.ts';
import { openVault } from '../../src/secrets/vault.ts';
import type { HttpOptions } from '../../src/server/deployment.ts';
import type { Host } from '../../src/server/host.ts';
import { server } from '../../src/server/server.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { atEnd, freePort, scratch } from './interop.ts';
import { createRuntime } from './runtime.ts';

/** A runtime with secrets, and what was logged, recorded and published with it. */
export interface CredentialWorld {
  readonly runtime: CapabilityRuntime;
  readonly redactor: Redactor;
  readonly lines: readonly string[];
  readonly events: readonly AuditEvent[];
  readonly documents: ReadonlyMap<string, () => string>;
  readonly logins: ReadonlyMap<string, LoginSite>;
  open(url: string, options: CredentialOptions, more?: Partial<CapabilityRuntime>): Promise<OpenCredential>;
}

/** Makes one; its secrets are files, as in a deployment. */
export async function createCredentialWorld(
  t: TestContext,
  secrets: Readonly<Record<string, string>>,
  given: Partial<CapabilityRuntime> = {},
): Promise<CredentialWorld> {
  const folder = await scratch(t);
  for (const [name, value] of Object.entries(secrets)) await writeFile(join(folder, name), value, { mode: 0o600 });
  const redactor = createRedactor();
  const lines: string[] = [];
  const events: AuditEvent[] = [];
  const documents = new Map<string, () => string>();
  const logins = new Map<string, LoginSite>();
  const named = Object.fromEntries(Object.keys(secrets).map((name) => [name, { from: `file:${join(folder, name)}` }]));
  const vault = await openVault(named, { profile: 'dev', redactor, log: (line) => void lines.push(line) });
  atEnd(t, () => vault.close());
  const runtime = createRuntime({
    secrets: vault,
    store: createMemoryStore(),
    log: (line) => void lines.push(line),
    lent: {
      sealer: createSealer([new Uint8Array(32).fill(7)]),
      recorder: {
        append: (event) => Promise.resolve({ index: events.push(event) - 1 }),
        note: (event) => void events.push(event),
        healthy: true,
        close: () => Promise.resolve(),
      },
      remember: (secret) => redactor.remember(secret),
      resource: 'https://gateway.example.com/mcp',
      name: 'The gateway',
      page: 'https://gateway.example.com/approvals',
      publish: (path, document) => void documents.set(path, document),
      serveLogin: (upstream, site) => void logins.set(upstream, site),
    },
    ...given,
  });
  return {
    runtime,
    redactor,
    lines,
    events,
    documents,
    logins,
    async open(url, options, more = {}) {
      const credential = await openCredential('things', url, options, { ...runtime, ...more });
      atEnd(t, () => credential.close());
      return credential;
    },
  };
}

/** Starts an upstream that notes the value of each `authorization` that it is sent. */
export async function startNotingUpstream(t: TestContext, port: number, issuer: string): Promise<string[]> {
  const sent: string[] = [];
  const behind = await startUpstreamServer(t, port, issuer, { port: 0, allowedHosts: [] });
  const { hostname, port: other } = new URL(behind.url ?? '');
  const front = createServer((incoming, answer) => {
    const { headers, method, url } = incoming;
    if (headers.authorization !== undefined && method === 'POST') sent.push(headers.authorization);
    const onward = request({ hostname, port: other, method, path: url, headers, agent: false }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  front.listen(port, '127.0.0.1');
  await once(front, 'listening');
  atEnd(t, () => {
    front.close();
    front.closeAllConnections();
  });
  return sent;
}

/** Starts an upstream: a real server with its resource server on, at a port that is known before. */
export async function startUpstreamServer(
  t: TestContext,
  port: number,
  issuer: string,
  http: HttpOptions = { port },
): Promise<Host> {
  const read = tool({
    name: 'read',
    description: 'Reads a thing.',
    input: z.strictObject({ thing: z.string().max(64) }),
    output: z.strictObject({ thing: z.string(), who: z.string() }),
    scope: 'things:read',
    effect: 'read',
    untrusted: ['thing'],
    run: ({ thing }, { principal }) => ({ thing, who: principal.subject }),
  });
  const definition = server({
    name: 'things',
    version: '1.0.0',
    tools: [read],
    scopes: { 'things:read': 'Read things.', 'things:write': 'Write things.' },
  });
  const host = await serveHttp(definition, {
    profile: 'dev',
    http: { ...http, publicUrl: urlAt(port) },
    auth: { issuers: [{ issuer }] },
  });
  atEnd(t, () => host.close());
  return host;
}

/** The URL of an upstream at a port. */
export function urlAt(port: number): string {
  return `http://127.0.0.1:${port}/mcp`;
}

/** A free port. */
export { freePort };

/** Sends a call to an upstream as a gateway would: its status and body. */
export async function callUpstream(
  url: string,
  headers: Readonly<Record<string, string>>,
  thing = 'one',
): Promise<{ readonly status: number; readonly text: string; readonly challenge: string | undefined }> {
  const name = 'read';
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name,
      arguments: { thing },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'gateway', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  };
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    text: await response.text(),
    challenge: response.headers.get('www-authenticate') ?? undefined,
  };
}

/** A private key as a secret holds it, PEM, and its public half as JWK. */
export function createKey(): { readonly pem: string; readonly jwk: Readonly<Record<string, unknown>> } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    jwk: { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' },
  };
}
