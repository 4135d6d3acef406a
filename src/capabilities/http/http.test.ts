import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { listenOn, openClient, type Listening } from '../../../test/support/outbound.ts';
import { createRuntime } from '../../../test/support/runtime.ts';
import { createRedactor } from '../../record/redact.ts';
import { openVault } from '../../secrets/vault.ts';
import { http } from './http.ts';

const API = 'api.example';
const folder = await mkdtemp(join(tmpdir(), 'portcullis-http-'));
await writeFile(join(folder, 'key'), 'k3y-of-the-api-0123456789', { mode: 0o600 });
const secrets = await openVault(
  { api: { from: `file:${join(folder, 'key')}` } },
  { profile: 'dev', redactor: createRedactor(), log: () => undefined },
);
after(async () => {
  await secrets.close();
  await rm(folder, { recursive: true });
});

/** Runs against a stand-in of `api.example`, and of `files.example` at the same place. */
async function withApi(
  listener: RequestListener,
  work: (
    api: Listening,
    open: (options?: Partial<Parameters<typeof openClient>[1]>) => ReturnType<typeof openClient>,
  ) => Promise<void>,
): Promise<void> {
  const api = await listenOn(listener);
  const opened: ReturnType<typeof openClient>[] = [];
  try {
    await work(api, (options = {}) => {
      const hosts = {
        [API]: { standIn: `${api.url}/base`, credential: { secret: 'api', scheme: 'Bearer' } },
        'files.example': { standIn: api.url },
      };
      const client = openClient([API, 'files.example'], {
        ...options,
        runtime: { hosts, secrets, ...options.runtime },
      });
      opened.push(client);
      return client;
    });
  } finally {
    for (const client of opened) await client.close();
    await api.close();
  }
}

test('a request reaches its host with the credential, and the answer comes whole', () =>
  withApi(
    (request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () =>
        response
          .writeHead(201, {
            'content-type': 'application/json',
            'set-cookie': 'a=b',
            'x-internal': 'y',
            etag: '"1"',
            'x-ratelimit-left': '3',
          })
          .end(JSON.stringify({ got: body, type: request.headers['content-type'] })),
      );
    },
    async (api, open) => {
      const { client } = open();
      const answer = await client.post(`https://${API}/v1/notes?x=1`, { json: { a: 1 }, headers: { 'X-Trace': 't' } });
      assert.deepEqual(
        [answer.status, answer.ok, answer.json(), answer.url],
        [201, true, { got: '{"a":1}', type: 'application/json' }, `https://${API}/v1/notes`],
      );
      assert.deepEqual(Object.keys(answer.headers).toSorted(), ['content-type', 'date', 'etag', 'x-ratelimit-left']);
      assert.deepEqual(api.asked, ['POST /base/v1/notes?x=1']);
      const headers: IncomingHttpHeaders = api.requests[0]?.headers ?? {};
      assert.equal(headers.authorization, 'Bearer k3y-of-the-api-0123456789');
      assert.equal(headers.host, API);
      assert.equal(headers['x-trace'], 't');
      assert.equal(headers['accept-encoding'], 'identity');
    },
  ));

test('a handler cannot send what is not its own, and no request leaves', () =>
  withApi(
    (_, response) => response.end(),
    async (api, open) => {
      const { client, lines } = open({ outbound: { methods: ['GET', 'POST'] } });
      const url = `https://${API}/`;
      for (const name of [
        'Authorization',
        'cookie',
        'Host',
        'proxy-authorization',
        'Content-Length',
        'transfer-encoding',
        'X-Forwarded-For',
        'x-http-method-override',
        'Metadata-Flavor',
        'bad name',
        'a\r\nb',
      ])
        await assert.rejects(client.get(url, { headers: { [name]: 'x' } }), { reason: 'refused' }, name);
      for (const value of ['a\r\nb', 'a\0b', '\u00e9', 'x'.repeat(5000)])
        await assert.rejects(client.get(url, { headers: { 'x-a': value } }), { reason: 'refused' });
      await assert.rejects(client.request({ url, method: 'DELETE' }), { reason: 'refused' });
      await assert.rejects(client.request({ url, method: 'GET', body: 'x' }), { reason: 'refused' });
      await assert.rejects(client.post(url, { body: 'x', json: 1 }), { reason: 'refused' });
      await assert.rejects(
        client.request({ url, metod: 'GET' } as never),
        /unknown option "metod"; did you mean "method"/,
      );
      assert.deepEqual(api.asked, []);
      assert.match(lines[0] ?? '', /^http: refused: the header authorization is not the handler's/);
    },
  ));

test('an echo of the credential is taken out, in headers and in the body, however it is written', () =>
  withApi(
    (request, response) => {
      const value = String(request.headers.authorization);
      const base64 = Buffer.from(`user:${value}`).toString('base64');
      response.writeHead(200, { etag: value, link: encodeURIComponent(value) });
      response.end(
        Buffer.concat([
          Buffer.from([0xff, 0xfe]),
          Buffer.from(`${value} ${base64} ${Buffer.from(value).toString('hex')}`),
        ]),
      );
    },
    async (_, open) => {
      const answer = await open().client.get(`https://${API}/echo`);
      const seen = JSON.stringify([answer.headers, answer.text(), Buffer.from(answer.bytes()).toString('latin1')]);
      for (const form of [
        'k3y-of',
        Buffer.from('k3y-of-the-api').toString('base64').slice(0, 12),
        Buffer.from('k3y-of').toString('hex'),
      ])
        assert.equal(seen.includes(form), false, form);
      assert.match(answer.text(), /Bearer \[secret\]/);
      assert.deepEqual(Array.from(answer.bytes().subarray(0, 2)), [0xff, 0xfe]);
    },
  ));

test("the caller's token leaves by no part of a request, in no encoding", () =>
  withApi(
    (_, response) => response.end(),
    async (api, open) => {
      const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
      const { createHolds } = await import('../../record/holds.ts');
      const { client } = open({ context: { holdsCredential: createHolds(token) } });
      const url = `https://${API}/x`;
      const base64 = Buffer.from(token).toString('base64');
      for (const request of [
        { url: `${url}?t=${token}` },
        { url, query: { t: base64 } },
        { url: `https://${API}/${Buffer.from(token).toString('hex')}` },
        { url, headers: { 'x-api-key': token } },
        { url, body: `a${token}b` },
        { url, body: Buffer.from(`zz${token}`) },
        { url, json: { deep: [base64] } },
        { url, body: encodeURIComponent(`"${token}"`) },
      ])
        await assert.rejects(client.request(request), { reason: 'refused' }, JSON.stringify(request));
      assert.deepEqual(api.asked, []);
      assert.equal((await client.get(url)).status, 200);
    },
  ));

test('redirects are followed by hand, three at most, and never to what is not declared', () =>
  withApi(
    (request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://x');
      const left = Number(searchParams.get('left'));
      const to = searchParams.get('to') ?? (left > 0 ? `/?left=${left - 1}` : undefined);
      if (to === undefined) response.end('there');
      else response.writeHead(302, { location: to }).end('x'.repeat(100));
    },
    async (api, open) => {
      const { client } = open();
      const answer = await client.get(`https://${API}/?left=3`);
      assert.deepEqual([answer.text(), answer.url, api.asked.length], ['there', `https://${API}/`, 4]);
      await assert.rejects(client.get(`https://${API}/?left=4`), { reason: 'redirects' });
      for (const to of [
        `http://${API}/`,
        'https://evil.example/',
        '//evil.example/',
        '/\\evil.example/',
        `https://u@${API}/`,
        'http://127.0.0.1/',
        'file:///etc/passwd',
        'https://[::1]/',
        `https://${API}:444/`,
      ]) {
        api.asked.length = 0;
        await assert.rejects(client.get(`https://${API}/`, { query: { to } }), { reason: 'refused' }, to);
        assert.equal(api.asked.length, 1, to);
      }
      const kept = open({ outbound: { redirects: 0 } });
      const redirect = await kept.client.get(`https://${API}/?left=1`);
      assert.deepEqual([redirect.status, redirect.headers['location']], [302, '/?left=0']);
    },
  ));

test('at another host neither credentials nor headers nor bodies of the first arrive, nor later at the first', () =>
  withApi(
    (request, response) => {
      if (request.url?.startsWith('/base/307')) response.writeHead(307, { location: 'https://files.example/in' }).end();
      else if (request.url?.startsWith('/base/303'))
        response.writeHead(303, { location: 'https://files.example/back' }).end();
      else if (request.url === '/back') response.writeHead(302, { location: `https://${API}/home` }).end();
      else response.end();
    },
    async (api, open) => {
      const { client } = open();
      await assert.rejects(client.post(`https://${API}/307`, { body: 'private' }), { reason: 'refused' });
      api.asked.length = 0;
      api.requests.length = 0;
      await client.post(`https://${API}/303`, { body: 'private', headers: { 'x-own': 'y', accept: 'text/plain' } });
      assert.deepEqual(api.asked, ['POST /base/303', 'GET /back', 'GET /base/home']);
      const [, back, home] = api.requests;
      for (const request of [back, home])
        assert.deepEqual(
          ['authorization', 'x-own', 'content-type', 'content-length', 'accept'].map((name) => request?.headers[name]),
          [undefined, undefined, undefined, undefined, 'text/plain'],
        );
    },
  ));

test('sizes are bounded: what is sent, what is read, what is inflated', () =>
  withApi(
    (request, response) => {
      if (request.url?.endsWith('declared'))
        response.writeHead(200, { 'content-length': '2000' }).end('x'.repeat(2000));
      else if (request.url?.endsWith('endless')) {
        const more = (): void => {
          if (!response.destroyed) response.write('x'.repeat(500), () => setImmediate(more));
        };
        more();
      } else if (request.url?.endsWith('bomb'))
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)));
      else if (request.url?.endsWith('small'))
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('small'));
      else response.writeHead(200, { 'content-encoding': 'zstd, gzip' }).end('xx');
    },
    async (_, open) => {
      const { client } = open({ outbound: { maxBytes: 1000, maxRequestBytes: 10 } });
      for (const path of ['declared', 'endless', 'bomb'])
        await assert.rejects(client.get(`https://${API}/${path}`), { reason: 'too-large' }, path);
      await assert.rejects(client.get(`https://${API}/other`), { reason: 'encoding' });
      assert.equal((await client.get(`https://${API}/small`)).text(), 'small');
      await assert.rejects(client.post(`https://${API}/`, { body: '\u20ac\u20ac\u20ac\u20ac' }), {
        reason: 'too-large',
      });
    },
  ));

test('times are bounded, and a call that ends ends its requests', () =>
  withApi(
    (request, response) => {
      if (request.url?.endsWith('body')) response.writeHead(200).write('x');
    },
    async (_, open) => {
      const { client } = open({ outbound: { timeout: 150 } });
      await assert.rejects(client.get(`https://${API}/headers`), { reason: 'timeout' });
      await assert.rejects(client.get(`https://${API}/body`), { reason: 'timeout' });
      const controller = new AbortController();
      const going = open({ context: { signal: controller.signal } }).client.get(`https://${API}/headers`);
      controller.abort();
      await assert.rejects(going, { reason: 'closed' });
    },
  ));

test('a call has so many requests at a time, and so many in all', () => {
  let [now, most] = [0, 0];
  return withApi(
    (_, response) => {
      most = Math.max(most, (now += 1));
      setImmediate(() => {
        now -= 1;
        response.end();
      });
    },
    async (_, open) => {
      const { client } = open({ outbound: { concurrent: 2, requests: 8 } });
      await Promise.all(Array.from({ length: 8 }, () => client.get(`https://${API}/`)));
      assert.equal(most, 2);
      await assert.rejects(client.get(`https://${API}/`), { reason: 'limit' });
    },
  );
});

test('errors say nothing of where', async () => {
  const { client, lines, close } = openClient([API], {
    network: { resolve: () => Promise.resolve(['10.9.8.7']), dial: () => assert.fail() },
  });
  const error = await client.get(`https://${API}/secret-path`).catch((caught: unknown) => caught);
  assert.ok(error instanceof Error);
  assert.equal(
    /10\.9|secret-path|api\.example/.test(`${error.stack} ${JSON.stringify(error)}`.replaceAll(/file:\S+/g, '')),
    false,
  );
  assert.match(lines.join(), /api\.example is at 10\.9\.8\.7/);
  await close();
});

test('what the deployment says is checked when it is opened', async () => {
  const open =
    (hosts: object, more: object = {}) =>
    async () => {
      const handle = await http([API]).open(createRuntime({ hosts: { [API]: hosts }, secrets, ...more }));
      await handle.close();
    };
  await assert.rejects(
    open({ standIn: 'http://127.0.0.1:1' }, { profile: 'production' }),
    /hosts\.api\.example\.standIn: a stand-in is for the dev profile/,
  );
  for (const standIn of ['http://10.0.0.1:80', 'https://127.0.0.1', 'http://example.com', 'x', 'http://127.0.0.1:1/?a'])
    await assert.rejects(open({ standIn }), /standIn: give a base URL on loopback/);
  await assert.rejects(open({ credential: { secret: 'none' } }), /secret/);
  await assert.rejects(open({ credential: { secret: 'api', header: 'Host' } }), /can carry no credential/);
  await assert.rejects(open({ credential: { secret: 'api', scheme: 'Bearer x' } }), /write one word/);
  await assert.rejects(open({ addresses: ['127.0.0.0/8'] }), /is no private range/);
  await assert.doesNotReject(
    open({ credential: { secret: 'api' }, addresses: ['10.0.0.0/8'], standIn: 'http://[::1]:80/base' }),
  );
});

test('what a tool declares is checked, and can be read', () => {
  const need = http([API, 'files.example:8443'], { methods: ['GET'] });
  assert.deepEqual(need.declares, { hosts: [API, 'files.example:8443'], methods: ['GET'] });
  assert.deepEqual(need.system?.({ sources: {}, roots: {}, hosts: {}, programs: {} }).hosts, [
    API,
    'files.example:8443',
  ]);
  for (const make of [
    () => http([]),
    () => http(['*']),
    () => http([API], { redirects: 4 }),
    () => http([API], { maxBytes: 0 }),
    () => http([API], { timeout: '11m' }),
    () => http([API], { methods: ['TRACE' as never] }),
    () => http([API], { responseHeaders: ['Set-Cookie'] }),
    () => http([API], { maxBites: 1 } as never),
  ])
    assert.throws(make, TypeError);
});

test('from inside of a sandbox the same request is made by the host', () =>
  withApi(
    (_, response) =>
      response.writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' }).end(Buffer.from([0xe9])),
    async (_, open) => {
      const { client } = open();
      const { remote } = http([API]);
      const face = remote?.face?.(async (method, args) =>
        structuredClone(await remote.serve?.(client, method, structuredClone(args))),
      );
      const answer = await face?.get(`https://${API}/`);
      assert.deepEqual([answer?.status, answer?.text(), answer?.bytes().length], [200, '\u00e9', 1]);
      assert.equal(answer?.bytes().buffer.byteLength, 1);
      await assert.rejects(async () => remote?.serve?.(client, 'request', [7]), { reason: 'refused' });
    },
  ));
