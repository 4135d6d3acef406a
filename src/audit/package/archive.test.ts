import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { paxPath, tarOf, tgzOf, type TarEntry } from '../../../test/support/tar.ts';
import { unpack, type ArchiveBounds, type Unpacked } from './archive.ts';

const SMALL: ArchiveBounds = { files: 3, bytes: 20 * 1024 * 1024, ratio: 100, depth: 4 };

async function unpacked(
  t: TestContext,
  archive: Uint8Array,
  bounds?: ArchiveBounds,
): Promise<Unpacked & { readonly folder: string; readonly outer: string }> {
  const outer = await mkdtemp(join(tmpdir(), 'portcullis-unpack-'));
  t.after(() => rm(outer, { recursive: true, force: true }));
  const folder = await mkdtemp(join(outer, 'x-'));
  return { ...(await unpack(archive, folder, bounds)), folder, outer };
}

const kinds = ({ faults }: Unpacked): readonly string[] => faults.map(({ kind }) => kind);

test('plain files are unpacked under their names, whatever their first folder is called', async (t) => {
  const long = `${'a'.repeat(60)}/${'b'.repeat(60)}.txt`;
  const archive = tgzOf([
    { name: 'package/package.json', text: '{}' },
    { name: 'other/lib/main.js', text: 'x'.repeat(2000) },
    { name: 'package/empty', text: '' },
    { name: 'package/folder', type: '5' },
    paxPath(`package/${long}`),
    { name: 'short', text: 'long' },
  ]);
  const { files, faults, isWhole, bytes, folder } = await unpacked(t, archive);
  assert.deepEqual(files, ['package.json', 'lib/main.js', 'empty', long]);
  assert.deepEqual([faults, isWhole, bytes], [[], true, 2006]);
  assert.equal(await readFile(join(folder, long), 'utf8'), 'long');
});

test('nothing leads out of the folder, and what would is told', async (t) => {
  const hostile: readonly (readonly [TarEntry, string])[] = [
    [{ name: 'package/../../out.txt', text: 'x' }, 'path'],
    [{ name: '/etc/out.txt', text: 'x' }, 'path'],
    [{ name: 'C:/out.txt', text: 'x' }, 'path'],
    [{ name: 'package/..\\..\\out.txt', text: 'x' }, 'path'],
    [{ name: 'out.txt', text: 'x' }, 'path'],
    [{ name: 'package/link', type: '2', link: '../..' }, 'link'],
    [{ name: 'package/hard', type: '1', link: '/etc/passwd' }, 'link'],
    [{ name: 'package/device', type: '3' }, 'device'],
    [{ name: 'package/pipe', type: '6' }, 'device'],
    [{ name: `package/${'d/'.repeat(40)}x`, text: 'x' }, 'path'],
    [{ name: 'package/odd', type: 'Z' }, 'malformed'],
  ];
  const result = await unpacked(t, tgzOf([...hostile.map(([entry]) => entry), { name: 'package/ok', text: 'x' }]));
  assert.deepEqual(
    kinds(result),
    hostile.map(([, kind]) => kind),
  );
  assert.deepEqual([result.files, result.isWhole], [['ok'], true]);
  assert.deepEqual(await readdir(result.outer), [result.folder.slice(result.outer.length + 1)]);
  assert.deepEqual(await readdir(result.folder), ['ok']);
});

test('a path behind a link that was left out stays in the folder', async (t) => {
  const result = await unpacked(
    t,
    tgzOf([
      { name: 'package/a', type: '2', link: '../..' },
      { name: 'package/a/out.txt', text: 'x' },
    ]),
  );
  assert.deepEqual([kinds(result), result.files], [['link'], ['a/out.txt']]);
  assert.ok(!existsSync(join(result.outer, 'out.txt')));
});

test('of two entries of one name the first stays, and the other is told', async (t) => {
  const result = await unpacked(
    t,
    tgzOf([
      { name: 'package/main.js', text: 'one' },
      { name: 'other/Main.js', text: 'two' },
      { name: 'package/main.js/inner', text: 'three' },
      paxPath('package/main.js'),
      { name: 'four', text: 'four' },
    ]),
  );
  assert.deepEqual(kinds(result), ['twice', 'twice', 'twice']);
  assert.equal(await readFile(join(result.folder, 'main.js'), 'utf8'), 'one');
});

test('what grows past its bounds is stopped', async (t) => {
  const bomb = await unpacked(t, tgzOf([{ name: 'package/zeros', text: Buffer.alloc(19 * 1024 * 1024) }]), SMALL);
  assert.deepEqual([kinds(bomb), bomb.isWhole], [['bomb'], false]);
  const noise = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, at) => (at * 2_654_435_761) >>> 13));
  const large = await unpacked(
    t,
    tgzOf(Array.from({ length: 30 }, (_, at) => ({ name: `package/${at}`, text: noise }))),
    {
      ...SMALL,
      files: 100,
      ratio: 1e9,
    },
  );
  assert.deepEqual([kinds(large), large.isWhole], [['bomb'], false]);
  const many = await unpacked(
    t,
    tgzOf(['a', 'b', 'c', 'd'].map((name) => ({ name: `package/${name}`, text: name }))),
    SMALL,
  );
  assert.deepEqual([kinds(many), many.files.length], [['bomb'], 3]);
});

test('what is cut, claims too much, or is no archive is told, and is not whole', async (t) => {
  const whole = tarOf([{ name: 'package/a', text: 'x'.repeat(5000) }]);
  const altered = Buffer.from(whole);
  altered[8] = 0x62;
  const wrong: readonly Uint8Array[] = [
    gzipSync(altered),
    gzipSync(whole.subarray(0, 1500)),
    tgzOf([{ name: 'package/a', text: 'x', size: 1_000_000 }]),
    gzipSync(Buffer.from('no archive at all '.repeat(100))),
    gzipSync(whole).subarray(0, 60),
    Buffer.from('plain text'),
    tgzOf([{ name: 'pax', type: 'x', text: Buffer.alloc(100_000, 'x') }]),
  ];
  for (const archive of wrong) {
    const result = await unpacked(t, archive);
    assert.deepEqual([kinds(result), result.isWhole], [['malformed'], false]);
  }
});

test('whatever the entries are called, nothing is written outside', async (t) => {
  const part = fc.constantFrom('..', '.', '', 'a', 'package', '/', '\\', 'C:', '\0', '~');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 6 }), async (names) => {
      const { outer } = await unpacked(t, tgzOf(names.map((parts) => ({ name: parts.join('/'), text: 'x' }))));
      assert.equal((await readdir(outer)).length, 1);
    }),
    { numRuns: 60 },
  );
});
