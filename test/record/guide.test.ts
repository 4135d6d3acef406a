import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { event, open, rewrite, temporary } from './fixture.ts';

const GUIDE = join(import.meta.dirname, '../../docs/guides/verify-the-audit-log.md');

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...readFileSync(GUIDE, 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
);

const works = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

/** Why the commands cannot run on this machine, or false. */
function missing(): string | false {
  if (!works('python3', '--version')) return 'there is no python3';
  if (
    !works('openssl', 'version') ||
    !spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout.startsWith('OpenSSL 3')
  )
    return 'there is no OpenSSL 3';
  return false;
}

const skip = missing();

/** The log of the guide, with a known key and known times, so that what the guide shows can be compared. */
async function guideLog(t: TestContext): Promise<string> {
  const directory = temporary(t);
  const log = await open(t, join(directory, 'audit'), { origin: 'notes.example/audit' });
  for (let at = 0; at < 7; at++) {
    await log.append(event(at));
    if (at === 3) await log.checkpoint();
  }
  await log.close();
  writeFileSync(join(directory, 'verifier.txt'), `${log.verifier}\n`);
  const script = blocks.find(({ language }) => language === 'python');
  writeFileSync(join(directory, 'check.py'), script?.text ?? '');
  return directory;
}

function run(directory: string, command: string): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', command], { cwd: directory, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('the commands of the guide, run over a real log, print what the guide shows', { skip }, async (t) => {
  const directory = await guideLog(t);
  let ran = 0;
  for (const [at, { language, text }] of blocks.entries()) {
    if (language !== 'sh') continue;
    const next = blocks[at + 1];
    const expected = next?.language === 'text' ? next.text : '';
    assert.deepEqual(run(directory, text), { status: 0, output: expected }, text);
    ran++;
  }
  assert.equal(ran, 7);
});

const SEGMENT = 'audit/segment-000000000000.jsonl';

test('the script of the guide finds a record altered, dropped, moved or cut off', { skip }, async (t) => {
  const cases: readonly [(lines: string[]) => string[], string][] = [
    [
      (lines) => lines.with(2, (lines[2] ?? '').replace('tools/call', 'tools/list')),
      `${SEGMENT} line 4: this record does not follow the one before it\n`,
    ],
    [
      (lines) => lines.with(6, (lines[6] ?? '').replace('tools/call', 'tools/list')),
      `${SEGMENT} line 7: the records up to here are not those that were signed\n`,
    ],
    [(lines) => lines.toSpliced(4, 1), `${SEGMENT} line 5: this record does not follow the one before it\n`],
    [
      (lines) => lines.with(1, lines[2] ?? '').with(2, lines[1] ?? ''),
      `${SEGMENT} line 2: this record does not follow the one before it\n`,
    ],
    [(lines) => lines.slice(0, 6), 'the log ends after 6 records, and 7 were signed\n'],
  ];
  for (const [change, output] of cases) {
    const directory = await guideLog(t);
    rewrite(join(directory, SEGMENT), change);
    assert.deepEqual(run(directory, 'python3 check.py audit'), { status: 1, output });
  }
});

test('the signature check of the guide refuses a forged checkpoint', { skip }, async (t) => {
  const directory = await guideLog(t);
  const path = join(directory, 'audit/checkpoint');
  writeFileSync(path, readFileSync(path, 'utf8').replace('\n7\n', '\n8\n'));
  const commands = blocks.filter(({ language, text }) => language === 'sh' && /key\.der|pkeyutl/.test(text));
  const { status, output } = run(directory, commands.map(({ text }) => text).join('\n'));
  assert.match(output, /Signature Verification Failure/);
  assert.notEqual(status, 0);
});
