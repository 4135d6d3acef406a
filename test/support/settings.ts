import { resolveFlows } from '../../src/flows/matrix.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/pipeline/limits.ts';
import { readMediaOptions } from '../../src/media/options.ts';
import { readDetection } from '../../src/pipeline/detection.ts';
import { Exchange, type HttpFacts } from '../../src/pipeline/context.ts';
import type { Principal } from '../../src/pipeline/principal.ts';
import { createSealer } from '../../src/pipeline/seal.ts';
import type { HttpSettings, Settings } from '../../src/pipeline/settings.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Era } from '../../src/protocol/versions.ts';
import { readLeakOptions } from '../../src/leaks/options.ts';
import { compileServer } from '../../src/server/catalog.ts';
import { NO_RECORD } from '../../src/server/no-record.ts';
import { server, type ServerOptions } from '../../src/server/server.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { echo } from '../../src/prove/tools.ts';

/** What a test sets differently from a plain server with one `echo` tool on port 3000. */
export interface TestSettings extends Partial<Omit<Settings, 'http' | 'limits'>> {
  readonly http?: Partial<HttpSettings>;
  readonly limits?: Partial<Limits>;
  readonly server?: Partial<ServerOptions>;
}

/** Settings for the unit tests of controls. */
export function testSettings(options: TestSettings = {}): Settings {
  const { http, limits, server: declared, ...rest } = options;
  const all = { ...DEFAULT_LIMITS, ...limits };
  const definition = server({ name: 'test', version: '1.0.0', tools: [echo], ...declared });
  return {
    profile: 'dev',
    eras: new Set(['modern', 'legacy'] as const),
    versions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'],
    limits: all,
    media: readMediaOptions({}),
    catalog: compileServer(definition, all).catalog,
    http: {
      host: '127.0.0.1',
      port: 3000,
      socket: undefined,
      path: '/mcp',
      resource: 'http://127.0.0.1:3000/mcp',
      metadataUrl: 'http://127.0.0.1:3000/.well-known/oauth-protected-resource/mcp',
      allowedHosts: new Set(['127.0.0.1:3000']),
      allowedOrigins: new Set(),
      tls: undefined,
      terminated: false,
      trustedProxies: [],
      ...http,
    },
    authentication: undefined,
    localPrincipal: principal(),
    policy: undefined,
    rules: undefined,
    flows: resolveFlows(),
    identities: undefined,
    store: createMemoryStore(),
    recorder: NO_RECORD,
    sealer: createSealer([new Uint8Array(32)]),
    digest: (text) => `digest of ${text}`,
    redact: (text) => text,
    withhold: (text) => text,
    secretSpans: () => [],
    leaks: readLeakOptions({}, new Set()),
    detection: readDetection(),
    policyVersion: () => 'none',
    weakened: new Set(),
    ...rest,
  };
}

/** A principal for the unit tests of controls. */
export function principal(options: Partial<Principal> = {}): Principal {
  return {
    id: 'alice-id',
    issuer: 'https://issuer.example',
    subject: 'alice',
    client: 'client-1',
    scopes: new Set(['text:read']),
    expiresAt: Number.MAX_SAFE_INTEGER,
    credential: 'credential-1',
    ...options,
  };
}

/** Facts of a POST to the endpoint. */
export function httpFacts(options: Partial<HttpFacts> = {}): HttpFacts {
  const headers = options.headers ?? {};
  return {
    method: 'POST',
    path: '/mcp',
    query: '',
    rawHeaders: Object.entries(headers).flatMap(([name, value]) => [name, String(value)]),
    remoteAddress: '127.0.0.1',
    encrypted: false,
    connection: {},
    ...options,
    headers,
  };
}

/** A request that has come as far as a message; the caller is `principal()` unless it says otherwise. */
export function exchangeOf(
  method: string,
  params: JsonObject = {},
  options: { readonly principal?: Principal; readonly era?: Era; readonly http?: HttpFacts } = {},
): Exchange {
  const exchange = new Exchange(options.http === undefined ? 'stdio' : 'http', options.era ?? 'modern', options.http);
  exchange.message = { kind: 'request', id: 1, method, params };
  exchange.principal = options.principal ?? principal();
  return exchange;
}
