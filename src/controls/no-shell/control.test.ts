import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure, type NoShell } from './control.ts';

const on: NoShell = configure({ weakened: new Set() });
const off: NoShell = configure({ weakened: new Set(['no-shell']) });
const FREE = { joined: false, afterSeparator: false, number: false };

test('a value that could be an option, a file to read, a pipe or more than one line is refused', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['', 'is empty'],
    ['-', 'would be taken for an option'],
    ['-rf', 'would be taken for an option'],
    ['--to-command=id', 'would be taken for an option'],
    ['+x', 'would be taken for an option'],
    ['\u2013rf', 'would be taken for an option'],
    ['\u00adrf', 'would be taken for an option'],
    ['\uff0drf', 'would be taken for an option'],
    ['@/etc/passwd', 'would be taken for the name of a file to read'],
    ['\uff20file', 'would be taken for the name of a file to read'],
    ['|id', 'would be taken for a pipe'],
    ['id |', 'would be taken for a pipe'],
    ['a\0b', 'holds a control character'],
    ['a\nb', 'holds a control character'],
    ['a\rb', 'holds a control character'],
    ['a\tb', 'holds a control character'],
    ['a\u001b[2Jb', 'holds a control character'],
    ['a\u0085b', 'holds a control character'],
    ['a\u2028b', 'holds a control character'],
    ['a\ud800', 'holds a control character'],
  ];
  for (const [value, why] of refused) assert.equal(on.wordProblem(value, FREE), why, JSON.stringify(value));
});

test('what a shell would act on is a text like any other', () => {
  for (const value of ['; id', '$(id)', '`id`', 'a && b', "it's", 'a b', '*', '~root', '#x', '%0aid', 'caf\u00e9'])
    assert.equal(on.wordProblem(value, FREE), undefined, value);
});

test('a value that is joined to its option begins no word, and may begin with a dash but not with @', () => {
  const joined = { ...FREE, joined: true };
  assert.equal(on.wordProblem('-5x', joined), undefined);
  assert.equal(on.wordProblem('@file', joined), 'would be taken for the name of a file to read');
  assert.equal(on.wordProblem('a\nb', joined), 'holds a control character');
});

test('a number below 0 stands behind a separator or its option only', () => {
  const number = { ...FREE, number: true };
  assert.equal(on.wordProblem('-5', number), 'would be taken for an option');
  assert.equal(on.wordProblem('-5', { ...number, afterSeparator: true }), undefined);
  assert.equal(on.wordProblem('-5', { ...number, joined: true }), undefined);
  assert.equal(on.wordProblem('-x', { ...FREE, afterSeparator: true }), 'would be taken for an option');
});

test('programs that run what they are given are refused under every name', () => {
  const names =
    'sh bash dash zsh ksh fish busybox pwsh cmd.exe env xargs find awk mawk gawk sed perl perl5.36-x86_64-linux-gnu python ' +
    'python3 python3.11 Python node nodejs node-22 ruby3.1 php8.2 lua5.4 make ssh scp git sudo nice timeout strace gdb vim ' +
    'less ld.so ld-linux-x86-64.so.2 ld-musl-x86_64.so.1 gcc-12 docker bwrap sqlite3 m4 dc';
  for (const name of names.split(' ')) {
    assert.match(on.programProblem([name], []) ?? '', /runs whatever text or program it is given/, name);
    // The name that was declared is harmless, and its link leads to the other.
    assert.notEqual(on.programProblem(['convert', 'convert', name], []), undefined, name);
    assert.equal(off.programProblem([name], []), undefined, name);
  }
});

test('programs that do one thing are not', () => {
  for (const name of 'pdftotext convert magick ffmpeg echo file tesseract unzip tar sha256sum jq dot qpdf'.split(' '))
    assert.equal(on.programProblem([name], ['-q', '--', '-x']), undefined, name);
});

test('a fixed word by which a program starts another is refused', () => {
  for (const [name, word] of [
    ['tar', '--to-command=sh'],
    ['tar', '--checkpoint-action=exec=id'],
    ['tar', '-I'],
    ['sort', '--compress-program=x'],
    ['zip', '-TT'],
    ['curl', '-K'],
    ['gs', '-dNOSAFER'],
    ['magick', 'msl:x'],
  ] as const) {
    assert.equal(on.programProblem([name], ['-v', word]), `"${word}" makes it start another program`);
  }
});

test('a program gets its words; switched off, a shell gets a line', () => {
  assert.deepEqual(on.command('/usr/bin/echo', ['; id', 'a b']), { file: '/usr/bin/echo', args: ['; id', 'a b'] });
  assert.deepEqual(off.command('/usr/bin/echo', ['; id', 'a b']), {
    file: '/bin/sh',
    args: ['-c', '/usr/bin/echo ; id a b'],
  });
  assert.equal(off.wordProblem('--version', FREE), undefined);
});
