import assert from 'node:assert/strict';
import { createServer as createTlsServer } from 'node:https';
import { networkInterfaces } from 'node:os';
import { test, type TestContext } from 'node:test';
import { createCertificate, trustCertificate } from '../prove/certificate.ts';
import { sharedIssuer } from '../prove/target.ts';
import { atEnd } from '../../test/support/interop.ts';
import { liveReport, outcomeOf, startLiveFixture } from '../../test/support/live-audit.ts';
import { startSmallServer, unguessable, type Quirks } from '../../test/support/small-server.ts';
import { RULES } from './rules.ts';
import type { Severity } from './model.ts';

/** Rules that a server of Portcullis breaks once one of its controls is off, with how bad that is. */
const CONTROLS: readonly (readonly [control: string, rule: string, severity: Severity])[] = [
  ['origin-validation', 'foreign-origin', 'medium'],
  ['host-validation', 'foreign-host', 'medium'],
  ['media-type', 'simple-request', 'low'],
  ['header-agreement', 'header-mismatch', 'medium'],
  ['protocol-version', 'unknown-version', 'low'],
  ['authentication', 'anonymous-access', 'high'],
  ['authorization-challenge', 'token-challenge', 'medium'],
  ['authorization-challenge', 'scope-challenge', 'low'],
  ['token-validation', 'forged-token', 'critical'],
  ['token-validation', 'other-audience', 'critical'],
  ['token-location', 'token-in-query', 'medium'],
  ['session-binding', 'session-hijack', 'high'],
  ['size-limits', 'oversized-request', 'low'],
  ['token-passthrough', 'token-in-answer', 'high'],
];
const CALLS: Readonly<Record<string, readonly { readonly name: string; readonly arguments: object }[]>> = {
  'authorization-challenge': [{ name: 'status', arguments: {} }],
  'token-passthrough': [{ name: 'relay', arguments: {} }],
};

for (const [control, rules] of Map.groupBy(CONTROLS, ([name]) => name)) {
  test(`${control}: ${rules.map(([, rule]) => rule).join(', ')} tells off from on`, async (t) => {
    const [good, bad] = [await startLiveFixture(t, control, 'good'), await startLiveFixture(t, control, 'bad')];
    const calls = (CALLS[control] ?? []).map((call) => ({ ...call, arguments: { ...call.arguments } }));
    const only = rules.map(([, rule]) => rule);
    const on = await liveReport(good.url, { ...good, calls }, only);
    const off = await liveReport(bad.url, { ...bad, calls }, only);
    for (const [, rule, severity] of rules) {
      assert.equal(outcomeOf(on, rule)?.status, 'pass', `${rule}: ${outcomeOf(on, rule)?.why ?? ''}`);
      assert.equal(outcomeOf(off, rule)?.status, 'fail', `${rule}: ${outcomeOf(off, rule)?.why ?? ''}`);
      assert.ok(outcomeOf(off, rule)?.findings.some((finding) => finding.severity === severity));
    }
  });
}

const TOKEN = 'small-server-token-0123456789';
const RIGHT: Quirks = {
  token: TOKEN,
  session: unguessable,
  challenge: (origin) =>
    `Bearer error="invalid_token", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
  pages: (origin) => ({ ...RESOURCE(origin), ...SERVER(origin) }),
};
const RESOURCE = (origin: string) => ({
  '/.well-known/oauth-protected-resource/mcp': { resource: `${origin}/mcp`, authorization_servers: [origin] },
});
const METADATA = {
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
};
const SERVER = (origin: string, change: object = {}) => ({
  '/.well-known/oauth-authorization-server': { issuer: origin, ...METADATA, ...change },
});
const withServer = (change: object): Quirks => ({
  pages: (origin) => ({ ...RESOURCE(origin), ...SERVER(origin, change) }),
});
const withResource = (change: object): Quirks => ({
  pages: (origin) => ({
    '/.well-known/oauth-protected-resource/mcp': {
      ...RESOURCE(origin)['/.well-known/oauth-protected-resource/mcp'],
      ...change,
    },
    ...SERVER(origin),
  }),
});
const withPage = (path: string, body: string): Quirks => ({
  pages: (origin) => ({ ...RESOURCE(origin), ...SERVER(origin), [path]: body }),
});
let next = 1_000;

/** What is changed of a server that is right in what these rules look at, and what has to be said of it. */
const QUIRKS: readonly (readonly [rule: string, severity: Severity, said: RegExp, quirks: Quirks])[] = [
  ['cross-origin-reading', 'low', /any origin/, { headers: { 'access-control-allow-origin': '*' } }],
  [
    'cross-origin-reading',
    'high',
    /with cookies/,
    {
      headers: {
        'access-control-allow-origin': 'https://attacker.invalid',
        'access-control-allow-credentials': 'true',
      },
    },
  ],
  ['cacheable-answer', 'medium', /shared/, { headers: { 'cache-control': 'public, max-age=60' } }],
  ['verbose-banner', 'low', /name the software/, { headers: { 'x-powered-by': 'Express' } }],
  ['verbose-banner', 'low', /name the software/, { headers: { server: 'nginx/1.25.3' } }],
  ['leaky-http-error', 'medium', /the lines of a stack/, { onBroken: 'Error: x\n    at parse (server.js:10:20)\n' }],
  [
    'leaky-http-error',
    'medium',
    /a path of its files/,
    { onBroken: `cannot read ${['', 'srv', 'notes', 'db'].join('/')}` },
  ],
  ['debug-endpoint', 'low', /measures/, withPage('/metrics', '# HELP up Whether it is.\nup 1\n')],
  ['debug-endpoint', 'critical', /environment/, withPage('/.env', 'API_TOKEN=abc\n')],
  ['guessable-session', 'high', /bits at most/, { session: () => String((next += 1)) }],
  ['guessable-session', 'critical', /one id/, { session: () => 'the-only-session-there-is' }],
  ['resource-metadata', 'medium', /not this endpoint/, withResource({ resource: 'https://other.example/mcp' })],
  ['resource-metadata', 'medium', /no authorization server/, withResource({ authorization_servers: [] })],
  ['resource-metadata', 'low', /offline_access/, withResource({ scopes_supported: ['offline_access'] })],
  ['resource-metadata', 'medium', /query/, withResource({ bearer_methods_supported: ['query'] })],
  ['resource-metadata', 'medium', /there are no metadata/, { pages: () => ({}) }],
  ['issuer-metadata', 'high', /another issuer/, withServer({ issuer: 'https://other.example' })],
  ['issuer-metadata', 'medium', /S256 is not offered/, withServer({ code_challenge_methods_supported: undefined })],
  ['issuer-metadata', 'medium', /plain/, withServer({ code_challenge_methods_supported: ['S256', 'plain'] })],
  ['issuer-metadata', 'medium', /implicit/, withServer({ response_types_supported: ['code', 'id_token token'] })],
  ['issuer-metadata', 'medium', /password/, withServer({ grant_types_supported: ['password'] })],
  ['issuer-metadata', 'low', /iss/, withServer({ authorization_response_iss_parameter_supported: undefined })],
  ['unbound-token', 'high', /without a proof/, withResource({ dpop_bound_access_tokens_required: true })],
  [
    'http-methods',
    'high',
    /without a token/,
    {
      answer: (request, response) => {
        if (request.method !== 'GET' || request.url !== '/mcp') return false;
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
        return true;
      },
    },
  ],
  [
    'http-methods',
    'medium',
    /TRACE/,
    {
      answer: (request, response) => {
        if (request.method !== 'TRACE') return false;
        response.writeHead(200, { 'content-type': 'message/http' }).end(request.rawHeaders.join('\n'));
        return true;
      },
    },
  ],
];

test('a server that is right in all of it is told nothing by the rules that the others break', async (t) => {
  const report = await liveReport(await startSmallServer(t, RIGHT), { tokens: { user: TOKEN } });
  const named = [...new Set(QUIRKS.map(([rule]) => rule))].filter((rule) => rule !== 'unbound-token');
  for (const rule of named)
    assert.equal(outcomeOf(report, rule)?.status, 'pass', `${rule}: ${outcomeOf(report, rule)?.why ?? ''}`);
  assert.equal(outcomeOf(report, 'unbound-token')?.status, 'not-applicable');
});

test('each thing that is wrong is told by its rule', async (t) => {
  for (const [rule, severity, said, quirks] of QUIRKS) {
    const url = await startSmallServer(t, { ...RIGHT, ...quirks });
    const report = await liveReport(url, { tokens: { user: TOKEN } }, [rule]);
    const outcome = outcomeOf(report, rule);
    assert.equal(outcome?.status, 'fail', `${rule} ${said}: ${outcome?.why ?? ''}`);
    assert.ok(
      outcome.findings.some((finding) => said.test(finding.message) && finding.severity === severity),
      `${rule} ${said}: ${JSON.stringify(outcome.findings)}`,
    );
  }
});

test('a token that lives for a day is told, and one without dates', async (t) => {
  const only = ['long-lived-token'];
  const server = await startLiveFixture(t, 'token-lifetime', 'bad');
  const issuer = await sharedIssuer();
  const iat = Math.floor(Date.now() / 1000);
  const user = await issuer.mint({ aud: server.url, sub: 'alice', scope: 'text:read', iat, exp: iat + 86_400 });
  const long = await liveReport(server.url, { tokens: { user } }, only);
  assert.match(messages(long, 'long-lived-token'), /1440 minutes/);
  const short = await liveReport(server.url, server, only);
  assert.equal(outcomeOf(short, 'long-lived-token')?.status, 'pass');
  const rule = RULES.find(({ meta }) => meta.id === 'long-lived-token');
  const gathered = { exchanges: [], facts: { lifetimes: [['user', null]] }, before: BASELINE, after: BASELINE };
  assert.match(rule?.judge(gathered).why ?? '', /does not say/);
});

const BASELINE = [
  {
    label: 'x',
    method: 'POST',
    path: '/',
    ending: 'answered',
    status: 200,
    headers: {},
    answer: { kind: 'result', isError: false, keys: [] },
    body: '',
    bytes: 0,
    ms: 0,
  },
];

test('a rule says nothing where a right request is not served, before as after', () => {
  const rule = RULES.find(({ meta }) => meta.id === 'foreign-origin');
  const refusal = { kind: 'error', code: 1, message: 'No.' };
  const refused = BASELINE.map((each) => ({ ...each, status: 403, answer: refusal }));
  const exchanges = refused.map((each) => ({ ...each, label: 'a foreign origin (modern)' }));
  const gathered = { exchanges, facts: { isOpen: true }, before: BASELINE, after: BASELINE };
  const statusOf = (change: object) => rule?.judge({ ...gathered, ...change }).status;
  assert.equal(statusOf({}), 'pass');
  assert.equal(statusOf({ before: refused }), 'unknown');
  assert.equal(statusOf({ before: [] }), 'unknown');
  assert.equal(statusOf({ after: refused }), 'unknown');
  const served = BASELINE.map((each) => ({ ...each, label: 'a foreign origin (modern)' }));
  assert.equal(statusOf({ exchanges: served }), 'fail');
  assert.equal(statusOf({ exchanges: served, before: refused }), 'unknown');
  for (const [status, ending] of [
    [429, 'answered'],
    [500, 'answered'],
    [302, 'answered'],
    [200, 'late'],
    [200, 'withheld'],
  ]) {
    const unclear = exchanges.map((each) => ({ ...each, status, ending }));
    assert.equal(statusOf({ exchanges: unclear }), 'unknown', `${status} ${ending}`);
  }
});

test('an open server is told where it is reached by others, and unknown on its own machine', async (t) => {
  const report = await liveReport(await startSmallServer(t, { session: unguessable }), {}, ['anonymous-access']);
  assert.equal(outcomeOf(report, 'anonymous-access')?.status, 'unknown');
  const rule = RULES.find(({ meta }) => meta.id === 'anonymous-access');
  for (const [reach, severity] of [
    ['private', 'high'],
    ['public', 'critical'],
  ] as const) {
    const gathered = { exchanges: [], facts: { isOpen: true, reach }, before: BASELINE, after: BASELINE };
    const judged = rule?.judge(gathered);
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits[0]?.severity, severity);
  }
});

test('a server at every address is told where it was meant for its machine', async (t) => {
  const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  if (!others.some(({ internal, family }) => !internal && family === 'IPv4'))
    return t.skip('this machine has one address');
  const url = await startSmallServer(t, { ...RIGHT, host: '0.0.0.0' });
  const report = await liveReport(url, { tokens: { user: TOKEN } }, ['public-binding']);
  assert.equal(outcomeOf(report, 'public-binding')?.status, 'fail', outcomeOf(report, 'public-binding')?.why);
});

const TLS = ['weak-tls', 'plain-http-endpoint'];

test('old TLS and a certificate that nobody vouches for are told', async (t) => {
  const good = await startLiveFixture(t, 'transport-encryption', 'good');
  const sound = await liveReport(good.url, good, TLS);
  assert.equal(outcomeOf(sound, 'weak-tls')?.status, 'pass', outcomeOf(sound, 'weak-tls')?.why);
  assert.equal(outcomeOf(sound, 'plain-http-endpoint')?.status, 'pass');
  const weak = await tlsServer(t, { isTrusted: true, minVersion: 'TLSv1' });
  const old = await liveReport(weak, {}, TLS);
  assert.match(messages(old, 'weak-tls'), /TLSv1(?:\.1)? is spoken/);
  assert.doesNotMatch(messages(old, 'weak-tls'), /not trusted/);
  const untrusted = await tlsServer(t, { isTrusted: false, minVersion: 'TLSv1.2' });
  const stranger = await liveReport(untrusted, { tokens: { user: TOKEN } }, TLS);
  assert.match(messages(stranger, 'weak-tls'), /not trusted/);
});

function messages(report: Awaited<ReturnType<typeof liveReport>>, rule: string): string {
  return (outcomeOf(report, rule)?.findings ?? []).map(({ message }) => message).join('; ');
}

async function tlsServer(
  t: TestContext,
  { isTrusted, minVersion }: { readonly isTrusted: boolean; readonly minVersion: 'TLSv1' | 'TLSv1.2' },
): Promise<string> {
  const certificate = createCertificate();
  if (isTrusted) trustCertificate(certificate.cert);
  const server = createTlsServer({ ...certificate, minVersion, ciphers: 'ALL:@SECLEVEL=0' }, (request, response) => {
    // Who does not trust the certificate has sent nothing.
    assert.notEqual(request.headers.authorization, `Bearer ${TOKEN}`);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/mcp`;
}
