import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { loadOrCreateKey } from '../../src/record/keys.ts';
import { openLog } from '../../src/record/log.ts';
import { createRedactor } from '../../src/record/redact.ts';
import { serveHttp, server, tool, type Tool } from '../../src/index.ts';
import { callOnce } from '../load.ts';
import { ANSWER } from '../request.ts';
import { startIssuer } from '../../src/prove/issuer.ts';

const tools = Number(process.env['BENCH_TOOLS'] ?? 1);
/** Principals that go on calling, of all that have called. */
const ACTIVE = 2_000;
const principals = Number(process.env['BENCH_PRINCIPALS'] ?? 1);

function search(name: string): Tool {
  return tool({
    name,
    description: 'Finds notes.',
    input: z.strictObject({ phrase: z.string().max(200), limit: z.int().min(1).max(100), archived: z.boolean() }),
    output: z.strictObject({
      notes: z.array(z.strictObject({ id: z.int(), title: z.string() })).max(100),
      total: z.int(),
    }),
    scope: 'notes:read',
    effect: 'read',
    run: () => ({ notes: [...ANSWER.notes], total: ANSWER.total }),
  });
}

const WORDS = [
  'alder',
  'birch',
  'cedar',
  'elder',
  'fir',
  'hazel',
  'juniper',
  'larch',
  'maple',
  'oak',
  'pine',
  'rowan',
  'spruce',
  'willow',
  'yew',
  'zelkova',
];
const nameOf = (index: number) =>
  `lookup_${WORDS[index % 16]}_${WORDS[Math.floor(index / 16) % 16]}_${WORDS[Math.floor(index / 256) % 16]}`;

/** Portcullis with every control on and a durable audit log; only the rate is set out of the way, not switched off. */
const folder = await mkdtemp(join(tmpdir(), 'portcullis-bench-'));
const redactor = createRedactor();
const recorder = await openLog({
  directory: join(folder, 'log'),
  origin: 'portcullis/bench',
  key: await loadOrCreateKey(join(folder, 'key.pem')),
  redactor,
});
const issuer = await startIssuer();
const definition = server({
  name: 'bench',
  version: '1.0.0',
  tools: [search('search'), ...Array.from({ length: tools - 1 }, (_, index) => search(nameOf(index)))],
});
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
  },
  recorder,
  redactor,
});
const now = Math.floor(Date.now() / 1000);
const mint = (sub: string) => issuer.mint({ sub, scope: 'notes:read', aud: host.url, exp: now + 3000 });

/** Lets every principal call once, so that whatever is kept for each of them is there, and gives the tokens of some. */
async function introduce(count: number): Promise<readonly string[]> {
  const active: string[] = [];
  for (let first = 0; first < count; first += 500) {
    const tokens = await Promise.all(
      Array.from({ length: Math.min(500, count - first) }, (_, at) => mint(`user-${first + at}`)),
    );
    if (active.length < ACTIVE) active.push(...tokens);
    if (count > 1) await callOnce(new URL(host.url ?? ''), tokens, 32);
  }
  return active.slice(0, ACTIVE);
}

const tokens = await introduce(principals);
process.send?.({ url: host.url, tokens });
process.on('disconnect', () => {
  void host
    .close()
    .then(() => recorder.close())
    .then(() => issuer.close())
    .then(() => rm(folder, { recursive: true }))
    .then(() => process.exit());
});
