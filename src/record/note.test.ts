import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporary, testKey } from '../../test/record/fixture.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { loadKey, loadOrCreateKey, verifierKey } from './keys.ts';
import { formatVerifier, openNote, parseVerifier, signNote } from './note.ts';

/** The example of the signed-note documentation. */
const NEUMANN = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNED = `${TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

test('the known signed note opens, and no other does', () => {
  const verifier = parseVerifier(NEUMANN);
  assert.equal(openNote(SIGNED, verifier), TEXT);
  assert.equal(openNote(SIGNED.replace('answer', 'question'), verifier), undefined);
  assert.equal(openNote(SIGNED.replace('x08g', 'x08h'), verifier), undefined);
  assert.equal(openNote(SIGNED.slice(0, -1), verifier), undefined);
  assert.equal(openNote(TEXT, verifier), undefined);
  assert.equal(openNote('', verifier), undefined);
});

test('a note that others signed as well opens; one without our line does not', () => {
  const verifier = parseVerifier(NEUMANN);
  const witness = '\u2014 witness.example/w1 AAAAAAECAwQ=\n';
  assert.equal(openNote(SIGNED + witness, verifier), TEXT);
  assert.equal(openNote(`${TEXT}\n${witness}`, verifier), undefined);
});

test('a verifier key is read back, and refused when any part of it was changed', () => {
  const verifier = parseVerifier(NEUMANN);
  assert.equal(formatVerifier(verifier.name, verifier.publicKey), NEUMANN);
  for (const wrong of [
    '',
    'a+b+c',
    NEUMANN.replace('Peter', 'Petra'),
    NEUMANN.replace('c74f', 'c74e'),
    NEUMANN.replace('ARpc', 'AhpC'),
  ]) {
    assert.throws(() => parseVerifier(wrong), TypeError, wrong);
  }
});

test('the verifier key and the checkpoint of a known key are these', () => {
  const key = testKey();
  assert.equal(
    verifierKey('portcullis.test/notes', key),
    'portcullis.test/notes+443c521e+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop',
  );
  const checkpoint = signCheckpoint('portcullis.test/notes', 3, Buffer.alloc(32, 1), key);
  assert.equal(
    checkpoint.note,
    'portcullis.test/notes\n3\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\n\u2014 portcullis.test/notes RDxSHiURA3i/61m/lUrYq4e26bmbsgKKDsmG498pXs0U0V35XL0YQhWyW3eQsHRVG313PodlmbmThcT0DzSwksxoFwU=\n',
  );
});

test('only a well-formed checkpoint of the log itself opens', () => {
  const key = testKey();
  const verifier = parseVerifier(verifierKey('a/log', key));
  const root = Buffer.alloc(32, 9).toString('base64');
  const opens = (text: string): boolean => openCheckpoint(signNote(text, 'a/log', key), verifier) !== undefined;
  assert.ok(opens(`a/log\n12\n${root}\n`));
  assert.ok(opens(`a/log\n12\n${root}\nan extension\n`));
  for (const text of [
    `b/log\n12\n${root}\n`,
    `a/log\n012\n${root}\n`,
    `a/log\n-1\n${root}\n`,
    `a/log\n1e3\n${root}\n`,
    `a/log\n12\nAAAA\n`,
    'a/log\n12\n',
    '\n',
  ]) {
    assert.ok(!opens(text), text);
  }
});

test('no text but a signed one opens', () => {
  const verifier = parseVerifier(NEUMANN);
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.nat(SIGNED.length), (noise, at) => {
      const note = SIGNED.slice(0, at) + noise + SIGNED.slice(at);
      const opened = openNote(note, verifier);
      assert.ok(opened === undefined || opened === TEXT);
    }),
  );
});

test('a key is made once, with mode 0600, and loaded after that', async (t) => {
  const path = join(temporary(t), 'keys', 'log.pem');
  const made = await loadOrCreateKey(path);
  const loaded = await loadOrCreateKey(path);
  assert.ok(made.publicKey.equals(loaded.publicKey));
  assert.match(readFileSync(path, 'utf8'), /^-----BEGIN PRIVATE KEY-----/);
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a key file that others can read, a link, or something else is refused', {
  skip: process.platform === 'win32',
}, async (t) => {
  const directory = temporary(t);
  const path = join(directory, 'log.pem');
  writeFileSync(path, testKey().privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  assert.ok((await loadKey(path)).publicKey.equals(testKey().publicKey));
  for (const mode of [0o640, 0o604, 0o660]) {
    chmodSync(path, mode);
    await assert.rejects(loadOrCreateKey(path), /can be read by others/);
  }
  chmodSync(path, 0o600);
  symlinkSync(path, join(directory, 'link.pem'));
  await assert.rejects(loadKey(join(directory, 'link.pem')), { code: 'ELOOP' });
  writeFileSync(path, 'secret nonsense');
  await assert.rejects(loadKey(path), /is not an unencrypted PEM private key/);
  await assert.rejects(loadKey(join(directory, 'absent.pem')), { code: 'ENOENT' });
});
