import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { configure, isRefusal } from './control.ts';
import { permissionFlags, type Touch } from './flags.ts';

const folder = mkdtempSync(join(tmpdir(), 'permissions-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NOTHING: Touch = { reads: [], writes: [], children: false, workers: false, network: false, addons: false };
const none = (): boolean => false;

test('nothing is allowed that is not declared', () => {
  assert.deepEqual(permissionFlags(NOTHING, none), ['--permission']);
});

test('what is written is read as well; what lies under a folder is not named again', () => {
  const data = join(folder, 'data');
  mkdirSync(data);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const flags = permissionFlags({ ...NOTHING, reads: [file, join(data, 'inner')], writes: [data] }, none);
  assert.deepEqual(flags, [
    '--permission',
    `--allow-fs-read=${data}`,
    `--allow-fs-read=${file}`,
    `--allow-fs-write=${data}`,
  ]);
});

test('a folder that is not there yet stands for what it will hold, and a link for what it leads to', () => {
  const later = join(folder, 'later');
  const link = join(folder, 'link');
  symlinkSync(join(folder, 'behind'), link);
  writeFileSync(join(folder, 'behind'), '');
  const flags = permissionFlags({ ...NOTHING, reads: [later, link] }, none);
  assert.deepEqual(flags, [
    '--permission',
    `--allow-fs-read=${join(folder, 'behind')}`,
    `--allow-fs-read=${later}`,
    `--allow-fs-read=${later}/*`,
    `--allow-fs-read=${link}`,
  ]);
});

test('a file that is not there yet stands for itself alone', () => {
  const later = join(folder, 'later.db');
  const flags = permissionFlags({ ...NOTHING, writes: [later, `${later}-wal`], files: [later, `${later}-wal`] }, none);
  assert.deepEqual(flags.slice(1, 3), [`--allow-fs-read=${later}`, `--allow-fs-read=${later}-wal`]);
});

test('a folder that Node could not tell from another path is refused, and files that begin alike are not', () => {
  const alike = join(folder, 'alike');
  mkdirSync(alike);
  for (const other of [`${alike}.key`, `${alike}2`]) {
    assert.throws(() => permissionFlags({ ...NOTHING, reads: [other], writes: [alike] }, none), {
      name: 'TypeError',
      message: new RegExp(`cannot tell the folder ${alike} from ${other}, which begins alike. Rename one`),
    });
  }
  permissionFlags(
    { ...NOTHING, reads: [`${alike}.key`, `${alike}.key2`], files: [`${alike}.key`, `${alike}.key2`] },
    none,
  );
});

test('processes, threads, native code and the network are allowed one by one', () => {
  const all = { ...NOTHING, children: true, workers: true, network: true, addons: true };
  assert.deepEqual(permissionFlags(all, none), [
    '--permission',
    '--allow-child-process',
    '--disable-warning=PERM0002',
    '--allow-worker',
    '--disable-warning=PERM0006',
    '--allow-addons',
  ]);
  assert.equal(permissionFlags(all, (flag) => flag === '--allow-net').at(-1), '--allow-net');
});

test('a path that would stand for more than itself is refused', () => {
  for (const path of ['/', '/srv/*', '/srv/a*b', '/srv/a\nb'])
    assert.throws(() => permissionFlags({ ...NOTHING, reads: [path] }, none), /would stand for more than one path/);
});

test('a process with the flags touches what was declared and nothing else', () => {
  const allowed = join(folder, 'allowed');
  mkdirSync(allowed);
  writeFileSync(join(allowed, 'a'), 'inside');
  writeFileSync(join(folder, 'beside'), 'outside');
  const program = `
    const fs = require('node:fs');
    const tried = [
      () => fs.readFileSync(${JSON.stringify(join(allowed, 'a'))}, 'utf8'),
      () => fs.writeFileSync(${JSON.stringify(join(allowed, 'b'))}, 'x'),
      () => fs.readFileSync(${JSON.stringify(join(folder, 'beside'))}, 'utf8'),
      () => fs.readFileSync(${JSON.stringify(`${allowed}/../beside`)}, 'utf8'),
      () => fs.readFileSync('/proc/self/root/etc/hostname', 'utf8'),
      () => require('node:child_process').execFileSync('/bin/true'),
      () => new (require('node:worker_threads').Worker)('', { eval: true }),
    ];
    console.log(JSON.stringify(tried.map((attempt) => { try { return String(attempt()); } catch (error) { return error.code; } })));
  `;
  const flags = permissionFlags({ ...NOTHING, writes: [allowed] });
  const { stdout } = spawnSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8' });
  const denied = 'ERR_ACCESS_DENIED';
  assert.deepEqual(JSON.parse(stdout), ['inside', 'undefined', denied, denied, denied, denied, denied]);
});

test('without permission flags, or switched off, there is nothing to hear and nothing in the way', () => {
  const report = (): never => assert.fail('nothing happened');
  assert.equal(configure(testSettings(), report), undefined);
  assert.equal(configure(testSettings({ weakened: new Set(['declared-behaviour']) }), report), undefined);
});

test('each refusal is recorded with its call, and a loop does not fill the log', () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { configure } from ${JSON.stringify(new URL('control.ts', import.meta.url).href)};
    const events = [], reported = [];
    const settings = { weakened: new Set(), redact: (text) => text.replace('shadow', '[x]'), recorder: { note: (event) => events.push(event) } };
    const behaviour = configure(settings, (message, fields) => reported.push(fields.target));
    const call = { id: 'r1', transport: 'http', era: 'modern', target: { name: 'peek' }, principal: { id: 'p', client: 'c' } };
    const look = (path) => { try { readFileSync(path); } catch {} };
    await behaviour.during(call, async () => { await null; for (let i = 0; i < 50; i++) look('/etc/shadow'); });
    for (let i = 0; i < 50; i++) look('/etc/hosts');
    behaviour.close();
    look('/etc/passwd');
    console.log(JSON.stringify({ events: events.map(({ time, ...rest }) => rest), reported }));
  `;
  const main = join(folder, 'main.mjs');
  writeFileSync(main, script);
  const own = new URL('../../..', import.meta.url).pathname;
  const flags = permissionFlags({ ...NOTHING, reads: [main, join(own, 'src'), join(own, 'node_modules')] });
  const { events, reported } = JSON.parse(execFileSync(process.execPath, [...flags, main], { encoding: 'utf8' }));
  assert.equal(events.length, 11);
  assert.deepEqual(events[0], {
    kind: 'violation',
    request: 'r1',
    control: 'declared-behaviour',
    decision: 'refused',
    detail: 'FileSystemRead /etc/[x]',
    transport: 'http',
    era: 'modern',
    target: 'peek',
    principal: 'p',
    client: 'c',
  });
  assert.equal(events[10].request, '-');
  assert.equal(events[10].detail, 'FileSystemRead /etc/hosts');
  assert.deepEqual(reported, [...Array.from({ length: 10 }, () => 'peek'), '-']);
});

test('a refusal of the runtime is told from other errors, whatever was thrown', () => {
  const refusal = Object.assign(new Error('x'), { code: 'ERR_ACCESS_DENIED' });
  assert.equal(isRefusal(refusal), true);
  const trap = new Proxy(new Error('x'), {
    get() {
      throw new Error('trapped');
    },
    has: () => true,
  });
  for (const other of [new Error('x'), { code: 'ERR_ACCESS_DENIED' }, null, 'ERR_ACCESS_DENIED', trap])
    assert.equal(isRefusal(other), false);
});
