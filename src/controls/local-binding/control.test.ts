import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import type { HttpSettings, Profile } from '../../pipeline/settings.ts';
import { listen } from '../../server/http/listen.ts';
import { configure, isLoopback } from './control.ts';
import { NO_FACTS } from '../../pipeline/start.ts';

const folder = await mkdtemp(join(tmpdir(), 'portcullis-binding-'));
after(() => rm(folder, { recursive: true, force: true }));

function start(http: Partial<HttpSettings> | undefined, profile: Profile = 'dev'): readonly string[] {
  const facts = {
    ...NO_FACTS,
    declared: [],
    hasIssuer: true,
    devAuthorizationServer: false,
    hasRecorder: true,
    insecure: [],
  };
  return configure()({ ...facts, profile, http: http === undefined ? undefined : testSettings({ http }).http });
}

const listenOn = (socket: string) => listen({ socket }, DEFAULT_LIMITS, () => (_, response) => void response.end());

test('a local server binds its own machine', () => {
  for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost']) assert.deepEqual(start({ host }), [], host);
  assert.deepEqual(start({ host: '0.0.0.0', socket: 'mcp.sock' }), []);
  assert.deepEqual(start(undefined), []);
});

test('any other address stops it', () => {
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '0',
    '*',
    '10.0.0.7',
    '::ffff:0.0.0.0',
    '127.0.0.1.example',
    '127.0.0.256',
    '127.1',
    'localhost.example',
    'mcp.example',
    'LOCALHOST.',
  ]) {
    assert.deepEqual(
      start({ host }),
      [`http.host "${host}" can be reached from other machines. Bind 127.0.0.1, or use the production profile.`],
      host,
    );
  }
});

test('production may be reached: other controls see to the rest', () => {
  assert.deepEqual(start({ host: '0.0.0.0' }, 'production'), []);
});

test('what is loopback is decided on the whole address', () => {
  assert.equal(isLoopback('127.255.255.255'), true);
  assert.equal(isLoopback('128.0.0.1'), false);
  assert.equal(isLoopback('127.0.0.1 '), false);
});

test('a Unix socket is for its owner alone, and gone afterwards', async () => {
  const path = join(folder, 'own', 'mcp.sock');
  const before = process.umask();
  const listening = await listenOn(path);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(folder, 'own'))).mode & 0o777, 0o700);
  assert.equal(process.umask(), before);
  await assert.rejects(listenOn(path), /Another process listens on/);
  await listening.close(0);
  await assert.rejects(stat(path), { code: 'ENOENT' });
});

test('a Unix socket in a directory that others can enter is refused', async () => {
  const path = join(folder, 'open', 'mcp.sock');
  const listening = await listenOn(path);
  await listening.close(0);
  await chmod(join(folder, 'open'), 0o755);
  await assert.rejects(listenOn(path), /is open to others\. Run chmod 700 on it\./);
});

test('what is no socket is not removed', async () => {
  const path = join(folder, 'note');
  await writeFile(path, 'mine');
  await assert.rejects(listenOn(path), /exists and is no socket/);
  assert.equal((await stat(path)).size, 4);
});

test('a Unix socket in a directory of somebody else is refused', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can give a directory away');
  const path = join(folder, 'given', 'mcp.sock');
  await mkdir(join(folder, 'given'), { mode: 0o700 });
  await chown(join(folder, 'given'), 12_345, 12_345);
  return assert.rejects(listenOn(path), /belongs to somebody else/);
});
