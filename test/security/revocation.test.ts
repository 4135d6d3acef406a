import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectHttp } from '../../src/audit/http-client.ts';
import { serveHttp, server } from '../../src/index.ts';
import { startIssuer } from '../../src/prove/issuer.ts';
import { echo } from '../../src/prove/tools.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';

test('a principal that one instance revokes is refused by every instance on the same store', async (t) => {
  const issuer = await startIssuer();
  t.after(() => issuer.close());
  const store = createMemoryStore();
  const publicUrl = 'https://notes.example/mcp';
  const deployment = {
    profile: 'dev' as const,
    http: { port: 0, publicUrl },
    auth: { issuers: [{ issuer: issuer.issuer }] },
    store,
  };
  const definition = server({ name: 'two', version: '1.0.0', tools: [echo] });
  const [one, two] = [await serveHttp(definition, deployment), await serveHttp(definition, deployment)];
  t.after(async () => {
    await one.close();
    await two.close();
  });
  const token = await issuer.mint({ sub: 'alice', scope: 'text:read', aud: publicUrl });
  const call = async (host: typeof one) => {
    const connection = await connectHttp({ url: new URL(host.url ?? ''), era: 'modern', token, capabilities: {} });
    const { port } = host.settings.http ?? {};
    return connection.request('tools/list', {}, { headers: { host: `127.0.0.1:${port}` } });
  };
  assert.equal((await call(one)).status, 200);
  assert.equal((await call(two)).status, 200);
  const verified = await two.settings.authentication?.authenticate(`Bearer ${token}`);
  assert.equal(verified?.pass, true);
  await one.revoke(verified.principal.id);
  assert.equal((await call(one)).status, 401);
  assert.equal((await call(two)).status, 401);
});
