import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const FILES = `import fs from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
const ROOT = path.resolve(process.env.ROOT ?? '.');
function within(file) { const way = path.relative(ROOT, file); return !way.startsWith('..') && !path.isAbsolute(way); }
function refuse(file) { throw new Error('outside: ' + file); }
function warn(file) { if (file.length > 200) throw new Error('long'); return file; }
async function checked(file) {
  const full = path.resolve(ROOT, file);
  if (!within(full)) throw new Error('outside');
  return full;
}`;
const wrong: Readonly<Record<string, string>> = {
  'as it is given': "await fs.readFile(input.file, 'utf8');",
  joined: 'readFileSync(path.join(ROOT, input.file));',
  'a prefix without a separator':
    'const full = path.resolve(ROOT, input.file); if (!full.startsWith(ROOT)) throw new Error("no"); await fs.readFile(full);',
  'a prefix before it is resolved':
    'if (!input.file.startsWith("/data/")) throw new Error("no"); await fs.readFile(input.file);',
  'normalised only': 'await fs.readFile(path.normalize(input.file));',
  'two dots looked for': 'if (input.file.includes("..")) throw new Error("no"); await fs.readFile(input.file);',
  'several paths compared, and one of them used':
    'if (!path.join(ROOT, input.file).startsWith(ROOT + path.sep)) throw new Error("no"); await fs.readFile(input.file);',
  'a function that does not always throw':
    'const full = path.resolve(ROOT, input.file); if (!within(full)) warn(full); await fs.readFile(full);',
  'a root that is found, and not asked for':
    'const full = path.resolve(input.file); const root = [ROOT].find((each) => full.startsWith(each + path.sep)); await fs.readFile(full);',
  'a root that is refused':
    'const full = path.resolve(input.file); const root = [ROOT].find((each) => full.startsWith(each + path.sep)); if (root) throw new Error("no"); await fs.readFile(full);',
  'a separator that is put there anew': 'await fs.readFile(path.join(ROOT, input.file.replaceAll("/", "//")));',
  'checked, and another used': 'await checked(input.file); await fs.readFile(input.file);',
};
const right: Readonly<Record<string, string>> = {
  'a prefix with a separator':
    'const full = path.resolve(ROOT, input.file); if (!full.startsWith(ROOT + path.sep)) throw new Error("no"); await fs.readFile(full);',
  'the root itself or below it':
    'const full = path.resolve(ROOT, input.file); if (full !== ROOT && !full.startsWith(`${ROOT}/`)) throw new Error("no"); await fs.readFile(full);',
  'the way from the root':
    'const full = path.resolve(ROOT, input.file); if (!within(full)) throw new Error("no"); await fs.readFile(full);',
  'a helper that gives it back': 'await fs.readFile(await checked(input.file));',
  'the real path':
    'const real = realpathSync(path.join(ROOT, input.file)); if (!real.startsWith(ROOT + "/")) return { content: [] }; readFileSync(real);',
  'one of several roots':
    'const full = path.resolve(input.file); if (![ROOT].some((root) => full.startsWith(root + path.sep))) throw new Error("no"); await fs.readFile(full);',
  'another form of the same path':
    'const full = path.resolve(input.file); if (!path.normalize(full).startsWith(ROOT + path.sep)) throw new Error("no"); await fs.readFile(full);',
  'a root that is found around it':
    'const full = path.resolve(input.file); const root = [ROOT].find((each) => full.startsWith(each + path.sep)); if (!root) throw new Error("no"); await fs.readFile(full);',
  'the longest of the roots around it':
    'const full = path.resolve(input.file); const root = [ROOT].filter((each) => full.startsWith(each + path.sep)).sort((a, b) => b.length - a.length)[0]; if (root === undefined) throw new Error("no"); await fs.readFile(full);',
  'a digest of it': 'await fs.readFile(path.join(ROOT, createHash("sha256").update(input.file).digest("hex")));',
  'one that may be left out, checked where it is given':
    'if (input.file) { if (!/^[a-z]+$/.test(input.file)) throw new Error("no"); } await fs.readFile(path.join(ROOT, input.file));',
  'one that may be left out, in one step':
    'if (input.file && !/^[a-z]+$/.test(input.file)) throw new Error("no"); await fs.readFile(path.join(ROOT, input.file));',
  'a function that throws where it lies outside':
    'const full = path.resolve(ROOT, input.file); if (!within(full)) refuse(full); await fs.readFile(full);',
  'a name without a separator': 'await fs.readFile(path.join(ROOT, `${input.file.replaceAll("/", "__")}.json`));',
  'its last part': 'await fs.readFile(path.join(ROOT, path.basename(input.file)));',
  'a file of its own': 'await fs.readFile(path.join(ROOT, "notes.json"));',
};

test('what was found to lie inside after its text was changed is hardly sure to be wrong', () => {
  const body =
    'const full = path.resolve(ROOT, input.file); if (!path.resolve(full.trim()).startsWith(ROOT + path.sep)) throw new Error("no"); await fs.readFile(full);';
  assert.equal(judgeCode(rule, toolServer(body, 'file: z.string()', FILES))?.hits[0]?.confidence, 'low');
});

test('what was checked by the real path of its folder, and used as it was given, is hardly sure to be wrong', () => {
  const body =
    'const full = path.resolve(input.file); const real = path.join(realpathSync(path.dirname(full)), path.basename(full)); if (!within(real)) throw new Error("no"); await fs.readFile(input.file);';
  assert.equal(judgeCode(rule, toolServer(body, 'file: z.string()', FILES))?.hits[0]?.confidence, 'low');
});

test('a search for the folder that is refused is a check, and keeps nothing inside', () => {
  const before = `${FILES}
const REFUSED = JSON.parse(readFileSync('refused.json', 'utf8'));
function refusedAround(file) {
  for (const folder of REFUSED) if (file.startsWith(folder + path.sep)) return folder;
  return undefined;
}`;
  const body =
    'const full = path.resolve(input.file); const around = refusedAround(full); if (around !== undefined) throw new Error(around); await fs.readFile(full);';
  const [hit] = judgeCode(rule, toolServer(body, 'file: z.string()', before))?.hits ?? [];
  assert.equal(hit?.confidence, 'medium');
  assert.match(hit.message, /does not keep it inside/);
});

test('a branch for the separator of Windows is left out', () => {
  const body =
    'const full = path.resolve(ROOT, input.file); const inside = path.sep === "\\\\" ? full.startsWith(ROOT) : full.startsWith(ROOT + path.sep); if (!inside) throw new Error("no"); await fs.readFile(full);';
  assert.equal(judgeCode(rule, toolServer(body, 'file: z.string()', FILES))?.status, 'pass');
});

for (const [name, body] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, toolServer(body, 'file: z.string()', FILES));
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, body] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, toolServer(body, 'file: z.string()', FILES))?.status, 'pass');
  });
