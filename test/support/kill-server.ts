import { join } from 'node:path';
import * as z from 'zod';
import { serveHttp, server, tool } from '../../src/index.ts';
import { loadOrCreateKey } from '../../src/record/keys.ts';
import { openLog } from '../../src/record/log.ts';

/** A server to be killed: started by `fork`, it says where it listens and writes a durable log to the folder it is given. */
const [folder = '', issuer = ''] = process.argv.slice(2);
const log = await openLog({
  directory: join(folder, 'log'),
  origin: 'portcullis/kill',
  key: await loadOrCreateKey(join(folder, 'key.pem')),
});
const save = tool({
  name: 'save',
  description: 'Saves a word.',
  input: z.strictObject({ word: z.string().max(64) }),
  output: z.strictObject({ saved: z.boolean() }),
  scope: 'words:write',
  effect: 'write',
  run: () => ({ saved: true }),
});
const host = await serveHttp(server({ name: 'kill', version: '1.0.0', tools: [save] }), {
  profile: 'dev',
  http: { port: 0, publicUrl: 'http://127.0.0.1:9/mcp', allowedHosts: ['kill.test'] },
  auth: { issuers: [{ issuer }] },
  limits: { perMinutePrincipal: 1_000_000, burstPrincipal: 100_000, concurrentPerPrincipal: 100 },
  recorder: log,
});
process.send?.({ port: host.settings.http?.port });
process.on('disconnect', () => process.exit(1));
