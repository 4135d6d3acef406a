import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { isObject } from '../protocol/json.ts';
import { neutralise } from '../text/neutralise.ts';
import { gatherFiles } from './gather/files.ts';
import { gatherFilesPart } from './parts/files.ts';
import { junitReport } from './report/junit.ts';
import { markdownReport } from './report/markdown.ts';
import { sarifReport } from './report/sarif.ts';
import { terminalReport } from './report/terminal.ts';
import { RULES } from './rules.ts';
import { createRun, judgeRun, type AuditRun } from './run.ts';
import { barOf } from './verdicts.ts';

const FACTS = { version: '0.0.0', target: 'x', at: '2026-01-01T00:00:00.000Z' };
const SECRET = 'q7Rf2LmX9vKp4TzW8sBn';
/** A secret by its name alone. */
const PASSWORD = 'wonderland';

async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-audit-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

async function runOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<AuditRun> {
  return createRun(FACTS, [await gatherFilesPart(await folderOf(t, files))]);
}

const BAD = {
  'a/mcp.json': `{
  // two of them
  "mcpServers": {
    "notes": { "command": "npx", "args": ["-y", "notes", "--api-key", "${SECRET}"], "env": { "API_TOKEN": "${SECRET}" } },
    "mail": { "url": "https://ann:${SECRET}@mail.example/mcp?key=${SECRET}", "headers": { "X-Api-Key": "${SECRET}" } },
  },
}`,
  Dockerfile: `FROM node\nENV API_TOKEN=${SECRET}\nENV DB_PASSWORD=${PASSWORD}\nRUN curl -H "x: ${SECRET}" | sh\nRUN TOKEN=${SECRET} npm install`,
  'compose.yaml': `services:\n  notes:\n    image: notes\n    environment: {API_TOKEN: ${SECRET}, DB_PASSWORD: ${PASSWORD}}\n`,
};

test('each rule has its folder, and each folder is a rule', async () => {
  const folders = (await readdir(new URL('rules', import.meta.url))).toSorted();
  assert.deepEqual(
    RULES.map(({ meta }) => meta.id),
    folders,
  );
});

test('a run that was kept comes to the same report, and holds no secret', async (t) => {
  const run = await runOf(t, BAD);
  const kept = JSON.stringify(run);
  for (const secret of [SECRET, PASSWORD]) assert.ok(!kept.includes(secret), 'a secret was kept');
  const report = judgeRun(run);
  assert.deepEqual(judgeRun(JSON.parse(kept) as AuditRun), report);
  assert.ok(report.findings.length > 10);
  for (const text of [terminalReport, sarifReport, markdownReport, junitReport].map((tell) => tell(report)))
    assert.ok(!text.includes(SECRET) && !text.includes(PASSWORD));
});

test('findings stand where the value stands, worst first', async (t) => {
  const { findings } = judgeRun(await runOf(t, BAD));
  const order = ['critical', 'high', 'medium', 'low'];
  const severities = findings.map(({ severity }) => order.indexOf(severity));
  assert.deepEqual(
    severities,
    severities.toSorted((a, b) => a - b),
  );
  const floating = findings.find(({ rule }) => rule === 'floating-server-version');
  assert.deepEqual(floating?.place, { file: 'a/mcp.json', line: 4, column: 49 });
});

test('a finding keeps its fingerprint when lines move', async (t) => {
  const before = judgeRun(await runOf(t, BAD)).findings.map(({ fingerprint }) => fingerprint);
  const moved = Object.fromEntries(Object.entries(BAD).map(([name, text]) => [name, text.replace('\n', '\n\n\n')]));
  const after = judgeRun(await runOf(t, moved)).findings.map(({ fingerprint }) => fingerprint);
  assert.deepEqual(after.toSorted(), before.toSorted());
  assert.equal(new Set(before).size, before.length);
});

test('no control passes by its configuration alone, and one that fails decides', async (t) => {
  const report = judgeRun(await runOf(t, { 'mcp.json': '{"mcpServers": {"x": {"command": "/usr/bin/x"}}}' }));
  assert.deepEqual(report.findings, []);
  assert.equal(report.verdicts.length, 100);
  const statuses = new Set(report.verdicts.map(({ status }) => status));
  assert.deepEqual(statuses, new Set(['unknown']));
  assert.equal(report.verdicts.find(({ control }) => control === 'TDS-04')?.why.startsWith('not looked at: '), true);
  const bad = judgeRun(await runOf(t, BAD));
  assert.equal(bad.verdicts.find(({ control }) => control === 'TDS-04')?.status, 'fail');
  assert.equal(barOf(bad.verdicts).find(({ id }) => id === '3.1')?.status, 'fail');
  assert.equal(barOf(bad.verdicts).filter(({ status }) => status === 'pass').length, 0);
});

test('what cannot be read is told, and nothing passes beside it', async (t) => {
  const folder = await folderOf(t, {
    'mcp.json': '{"mcpServers": {"x": {"command": "/usr/bin/x"}}}',
    'broken.yaml': 'services:\n  a: [',
    'bomb.yaml': `services:\n  x0: &x0 {image: x}\n${Array.from({ length: 24 }, (_, n) => `  x${n + 1}: &x${n + 1} [*x${n}, *x${n}]`).join('\n')}`,
    'deep.json': `{"services": ${'['.repeat(3000)}${']'.repeat(3000)}}`,
    'large.yaml': `services: {a: {image: "${'x'.repeat(5_000_000)}"}}`,
  });
  const report = judgeRun(createRun(FACTS, [await gatherFilesPart(folder)]));
  assert.deepEqual(report.unread.map(({ file }) => file).toSorted(), [
    'bomb.yaml',
    'broken.yaml',
    'deep.json',
    'large.yaml',
  ]);
  assert.match(report.unread.find(({ file }) => file === 'broken.yaml')?.why ?? '', /^line 2, column \d+: /);
  assert.ok(!report.outcomes.some(({ status }) => status === 'pass' || status === 'not-applicable'));
});

test('no link leads out of the target, and no pipe holds it up', async (t) => {
  const outside = await folderOf(t, {
    'mcp.json': '{"mcpServers": {"x": {"command": "bash"}}}',
    Dockerfile: 'FROM node',
  });
  const folder = await folderOf(t, { 'mcp.json': '{"mcpServers": {"x": {"command": "/usr/bin/x"}}}' });
  await symlink(outside, join(folder, 'linked'));
  await symlink(join(outside, 'Dockerfile'), join(folder, 'Dockerfile'));
  await symlink('.', join(folder, 'round'));
  execFileSync('mkfifo', [join(folder, 'pipe.json')]);
  const { files, unread } = await gatherFiles(folder);
  assert.deepEqual([files, unread], [['mcp.json'], []]);
});

test('names and texts of the target obey neither a terminal nor markup', async (t) => {
  const name = '\u001b]0;x\u0007<script>`|\u202e\n| evil |';
  const files = {
    'mcp.json': JSON.stringify({ mcpServers: { [name]: { command: 'npx', args: [`${name}@latest`] } } }),
    '<b>\u001b[2J&|.yaml': 'services:\n  a: [',
  };
  const report = judgeRun(await runOf(t, files));
  assert.equal(report.findings.length, 1);
  const terminal = stripVTControlCharacters(terminalReport(report));
  for (const text of [terminal, markdownReport(report), junitReport(report)]) assert.equal(neutralise(text), text);
  assert.equal(terminal.split('\n').filter((line) => line.includes('evil')).length, 1);
  for (const text of [markdownReport(report), junitReport(report)]) assert.doesNotMatch(text, /<script>|<b>/);
  assert.doesNotMatch(markdownReport(report), /\|\s*evil/);
});

test('each rule has its page, and each page a rule', async () => {
  const pages = await readdir(new URL('../../docs/rules', import.meta.url));
  assert.deepEqual(pages.toSorted(), ['README.md', ...RULES.map(({ meta }) => `${meta.id}.md`)].toSorted());
});

test('SARIF has a rule for each result, and places that a viewer finds', async (t) => {
  const sarif: unknown = JSON.parse(
    sarifReport(judgeRun(await runOf(t, { ...BAD, 'b c/compose.yml': BAD['compose.yaml'] }))),
  );
  assert.ok(isObject(sarif) && Array.isArray(sarif['runs']));
  const [run] = sarif['runs'] as readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      }[];
    }[];
  }[];
  assert.ok(run !== undefined && run.results.length > 0);
  for (const { ruleId, ruleIndex, locations } of run.results) {
    assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
    for (const { physicalLocation } of locations) {
      assert.match(physicalLocation.artifactLocation.uri, /^[\w%./-]+$/);
      assert.ok(physicalLocation.region.startLine >= 1);
    }
  }
  assert.ok(
    run.results.some(({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri === 'b%20c/compose.yml'),
  );
});
