import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeLock } from '../../src/gateway/lock.ts';
import type { UpstreamOptions } from '../../src/gateway/options.ts';
import { startIssuer } from '../../src/prove/issuer.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { portcullis } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { upstreamsOf } from '../support/gateway-target.ts';
import { CLIENTS, type Address } from '../support/legacy-client.ts';
import { lockOf, rooms } from '../support/live-gateway.ts';

const support = await detectSandbox();
const options =
  support.missing === undefined
    ? { timeout: 240_000 }
    : { skip: `needs the Debian package bubblewrap: ${support.missing}` };
const BIN = fileURLToPath(new URL('../../bin/portcullis.js', import.meta.url));

interface Place {
  readonly folder: string;
  readonly config: string;
  /** Writes what a gateway is made of. */
  readonly write: (upstream: UpstreamOptions) => Promise<void>;
  /** Starts the gateway, and gives where a client reaches it and how it is ended when no client does that. */
  readonly start: () => Promise<{ readonly address: Address; readonly end?: () => Promise<void> }>;
}

async function layOut(t: TestContext, transport: string): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-follow-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // Where the tests are root, the sandbox is another user.
  await chmod(folder, 0o755);
  const issuer = await startIssuer();
  t.after(() => issuer.close());
  const config = join(folder, 'portcullis.yaml');
  return {
    folder,
    config,
    async write(up) {
      const upstreams = { up };
      await writeLock(join(folder, 'portcullis.lock'), await lockOf({ upstreams }));
      const auth = { issuers: [{ issuer: issuer.issuer }] };
      await writeFile(config, JSON.stringify({ profile: 'dev', data: 'kept', auth, upstreams }));
    },
    async start() {
      if (transport === 'stdio')
        return { address: { program: process.execPath, args: [BIN, 'gateway', '--stdio', '--config', config] } };
      const gateway = portcullis(t, folder, ['gateway', '--port', '0', '--config', config]);
      const [, url = ''] = await gateway.until(/endpoint +(http:\S+)/);
      await gateway.until(/Ctrl-C stops it/);
      const token = await issuer.mint({ aud: url, sub: 'alice', scope: 'up:write up:read' });
      const end = async (): Promise<void> => {
        gateway.signal('SIGTERM');
        assert.equal(await gateway.ended, 0);
      };
      return { address: { url: new URL(url), token: () => token }, end };
    },
  };
}

for (const transport of ['stdio', 'http'])
  test(`a client of a gateway that runs hears of what changes in its files: ${transport}`, options, async (t) => {
    const { folder, config, write, start } = await layOut(t, transport);
    const marker = `marker-${randomUUID()}`;
    const each = { effect: 'write' as const };
    await write(rooms(folder, marker));
    const connect = CLIENTS.get('sdk 1') ?? assert.fail();
    const { address, end } = await start();
    const client = await connect(address);
    t.after(() => client.close());
    const tools = async (): Promise<readonly string[]> =>
      (await client.client.listTools()).tools.map(({ name }) => name.replace('up__', ''));
    assert.deepEqual(await tools(), ['hold', 'who']);
    const boot = (await client.call('up__who', { key: 'k' })).content[0]?.text;

    const told = client.next('notifications/tools/list_changed');
    await write(rooms(folder, marker, { tools: { who: each, more: each } }));
    await told;
    await eventually(async () => (await tools()).includes('more'));
    assert.deepEqual(await tools(), ['who', 'more']);
    assert.equal((await client.call('up__more', { key: 'k' })).content[0]?.text, boot, 'the process is the same');

    assert.equal((await client.client.listResources()).resources.length, 1);
    const revoke = [
      'gateway',
      '--config',
      config,
      'revoke',
      'up',
      'rooms://hall',
      '--by',
      'eva',
      '--reason',
      'it spies',
    ];
    const command = portcullis(t, folder, revoke);
    assert.equal(await command.ended, 0, command.stderr());
    await eventually(async () => (await client.client.listResources()).resources.length === 0);
    await assert.rejects(client.client.readResource({ uri: 'rooms://hall' }));
    const log = await readFile(join(folder, 'portcullis.lock'), 'utf8');
    assert.match(log, /it spies/);
    await client.close();
    await end?.();
    await eventually(() => upstreamsOf(marker).length === 0);
  });
