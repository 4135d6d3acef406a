import { join } from 'node:path';
import * as z from 'zod';
import { loadRootKeys } from '../../src/config/root-keys.ts';
import { createSqliteStore, server, serveHttp, tool } from '../../src/index.ts';
import { echo } from '../../src/prove/tools.ts';
import { loadOrCreateKey } from '../../src/record/keys.ts';
import { openLog } from '../../src/record/log.ts';

// One instance of a server on a store that it shares: instance <folder> <name> <issuer> <public URL>. It prints its address.
const [folder = '', name = '', issuer = '', publicUrl = ''] = process.argv.slice(2);

const hold = tool({
  name: 'hold',
  description: 'Says that it has begun, and waits until it is cancelled.',
  input: z.strictObject({}),
  output: z.strictObject({ held: z.boolean() }),
  scope: 'text:read',
  effect: 'read',
  run: (_args, { progress, signal }) =>
    new Promise<{ held: boolean }>((resolve) => {
      signal.addEventListener('abort', () => resolve({ held: true }), { once: true });
      progress(1);
    }),
});

const recorder = await openLog({
  directory: join(folder, `audit-${name}`),
  origin: `test/${name}`,
  key: await loadOrCreateKey(join(folder, `${name}.key`)),
});
const host = await serveHttp(server({ name: 'shared', version: '1.0.0', tools: [echo, hold] }), {
  profile: 'dev',
  http: { port: 0, publicUrl },
  auth: { issuers: [{ issuer }] },
  store: createSqliteStore({ file: join(folder, 'store.db') }),
  keys: await loadRootKeys(join(folder, 'root.keys')),
  recorder,
});
process.stdout.write(`http://127.0.0.1:${host.settings.http?.port}/mcp\n`);
process.stdin.resume().on('end', () => {
  void host
    .close()
    .then(() => recorder.close())
    .then(() => process.exit(0));
});
