import { startIssuer } from '../../src/prove/issuer.ts';
import { serveHttp } from '../../src/server/host.ts';
import definition, { module } from './sandboxed.ts';

/** The server of `bench/sandbox.ts`, with tokens of as many principals as it is told. */
const issuer = await startIssuer();
const host = await serveHttp(definition, {
  profile: 'dev',
  module,
  http: { port: 0 },
  auth: { issuers: [{ issuer: issuer.issuer }] },
  limits: {
    perMinutePrincipal: 100_000_000,
    burstPrincipal: 1_000_000,
    perMinuteServer: 100_000_000,
    burstServer: 1_000_000,
  },
  sandbox: { ready: Number(process.env['BENCH_READY'] ?? 1), total: 64 },
});
const count = Number(process.env['BENCH_PRINCIPALS'] ?? 2);
const tokens = await Promise.all(
  Array.from({ length: count }, (_, at) => issuer.mint({ sub: `user-${at}`, scope: 'text:read', aud: host.url })),
);
process.send?.({ url: host.url, tokens });
process.on('disconnect', () => {
  void host
    .close()
    .then(() => issuer.close())
    .then(() => process.exit());
});
