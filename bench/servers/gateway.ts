import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGateway } from '../../src/gateway/definition.ts';
import type { PinnedUpstream } from '../../src/gateway/lock.ts';
import type { UpstreamOptions } from '../../src/gateway/options.ts';
import { pinOffer } from '../../src/gateway/pin.ts';
import { createConnector, readyUpstream, type ReadyUpstream } from '../../src/gateway/ready.ts';
import { serveHttp } from '../../src/index.ts';
import { startIssuer } from '../../src/prove/issuer.ts';
import { loadOrCreateKey } from '../../src/record/keys.ts';
import { openLog } from '../../src/record/log.ts';
import { createRedactor } from '../../src/record/redact.ts';
import { openVault } from '../../src/secrets/vault.ts';

/**
 * The gateway with every control on and a durable audit log; only rates and places are set out of the way, not switched off.
 * Its upstreams are processes that it starts, or those behind `BENCH_URLS`.
 */
const urls = (process.env['BENCH_URLS'] ?? '').split(',').filter((url) => url !== '');
const count = urls.length > 0 ? urls.length : Number(process.env['BENCH_UPSTREAMS'] ?? 1);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const tools = { echo: { effect: 'read', scope: 'echo:read' } } as const;
const started: UpstreamOptions = {
  command: process.execPath,
  args: [join(repository, 'bench/servers/echo.ts')],
  needs: { reads: [repository, await realpath(join(repository, 'node_modules'))] },
  tools,
};
const redactor = createRedactor();

/** Looks at an upstream as `portcullis gateway pin` does, and approves what it offers. */
async function pin(id: string, upstream: ReadyUpstream): Promise<PinnedUpstream> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const secrets = await openVault({}, { profile: 'dev', redactor, log });
  const connector = await createConnector(id, upstream, 'auto', { profile: 'dev', hosts: {}, secrets, log });
  const running = await connector.connect('', {});
  await running.stop();
  await secrets.close();
  const { pinned } = pinOffer({ ...upstream.installed, era: running.era }, running.offer, undefined, new Set());
  const approved = { by: 'bench', at: '2026-01-01T00:00:00.000Z' };
  const items = Object.entries(pinned.tools).map(([name, tool]) => [name, { ...tool, approved }]);
  return { ...pinned, tools: Object.fromEntries(items) };
}

const ids = Array.from({ length: count }, (_, at) => `u${at + 1}`);
const ready: Record<string, ReadyUpstream> = {};
const pinned: Record<string, PinnedUpstream> = {};
for (const [at, id] of ids.entries()) {
  const url = urls[at];
  const upstream = await readyUpstream(id, url === undefined ? started : { url, tools }, '/nowhere');
  ready[id] = upstream;
  // Those that are started are all the same.
  pinned[id] = (url === undefined ? pinned['u1'] : undefined) ?? (await pin(id, upstream));
}
const { definition, held } = createGateway('gateway', { format: 'portcullis-lock-1', upstreams: pinned }, ready);
if (held.length > 0) throw new Error(held.join('\n'));

const folder = await mkdtemp(join(tmpdir(), 'portcullis-bench-'));
const recorder = await openLog({
  directory: join(folder, 'log'),
  origin: 'portcullis/bench',
  key: await loadOrCreateKey(join(folder, 'key.pem')),
  redactor,
});
const issuer = await startIssuer();
const host = await serveHttp(definition, {
  profile: 'dev',
  http: { port: 0 },
  auth: { issuers: [{ issuer: issuer.issuer, maxTokenAgeSeconds: 3600 }] },
  limits: {
    perMinutePrincipal: 100_000_000,
    burstPrincipal: 1_000_000,
    perMinuteServer: 100_000_000,
    burstServer: 1_000_000,
    concurrentPerPrincipal: 1_000,
    concurrentPerTool: 1_000,
  },
  recorder,
  redactor,
});
const exp = Math.floor(Date.now() / 1000) + 3000;
const token = await issuer.mint({ sub: 'user', scope: 'echo:read', aud: host.url, exp });
process.send?.({ url: host.url, token, tools: ids.map((id) => `${id}__echo`) });
process.on('disconnect', () => {
  void host
    .close()
    .then(() => recorder.close())
    .then(() => issuer.close())
    .then(() => rm(folder, { recursive: true }))
    .then(() => process.exit());
});
