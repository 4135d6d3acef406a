import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';
import { startServer } from '../../src/audit/launch/server-process.ts';
import { gatherLaunchedPart } from '../../src/audit/parts/live.ts';
import { terminalReport } from '../../src/audit/report/terminal.ts';
import { createRun, judgeRun, type AuditReport } from '../../src/audit/run.ts';
import { eventually } from '../support/eventually.ts';
import { commandOf, LAUNCHES, support } from '../support/launched.ts';

// Servers that an audit launches are somebody else's: they must neither harm nor fool it, nor hold it up.

const FACTS = { version: '1', target: 'a server', at: '2026-11-21T00:00:00Z' };
const SHORT = { limits: { answerMs: 1_000, runMs: 6_000 } };

async function auditOf(mode: string): Promise<AuditReport> {
  const part = await gatherLaunchedPart(support, commandOf('test/support/hostile-stdio.ts', mode), SHORT);
  return judgeRun(createRun(FACTS, [JSON.parse(JSON.stringify(part)) as typeof part]));
}

function passed(report: AuditReport): readonly string[] {
  return report.outcomes.filter(({ status }) => status === 'pass').map(({ rule }) => rule);
}

const MODES = [
  'refuses',
  'fails',
  'nonsense',
  'silent',
  'ends',
  'endless',
  'one line',
  'huge answer',
  'deep answer',
  'forks',
  'fills',
];

for (const mode of MODES) {
  test(`a server passes no rule that does this alone: ${mode}`, LAUNCHES, async () => {
    const report = await auditOf(mode);
    assert.deepEqual(passed(report), []);
    assert.deepEqual(report.findings, []);
    assert.equal(report.unread.length > 0, true);
  });
}

test('what a server calls itself neither reaches the terminal nor passes for more than it is', LAUNCHES, async () => {
  const report = await auditOf('escapes');
  const text = terminalReport(report);
  assert.doesNotMatch(JSON.stringify(report), /\\u001b|\\u0007|\u202e/);
  for (const sign of ['\u001b]', '\u0007', '\u202e']) assert.equal(text.includes(sign), false, JSON.stringify(sign));
  assert.ok(report.findings.some(({ rule }) => rule === 'poisoned-texts'));
});

const homes = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('portcullis-audit-'));

test(
  'a server that listens to no signal is ended with all that it started, and its folder is gone',
  LAUNCHES,
  async () => {
    const before = new Set(homes());
    const server = startServer(support, commandOf('test/support/hostile-stdio.ts', 'stays'), { lifeMs: 60_000 });
    const heard = Promise.withResolvers<string>();
    server.onLine((line) => heard.resolve(line.toString('utf8')));
    server.send('{"jsonrpc":"2.0","id":1,"method":"ping"}');
    assert.equal(await heard.promise, '{"jsonrpc":"2.0","id":1,"result":{}}');
    const own = homes().filter((name) => !before.has(name));
    assert.ok(own.length > 0);
    assert.equal(await server.endInput(100), false);
    await server.stop();
    assert.equal(server.hasEnded(), true);
    await eventually(() => own.every((name) => !existsSync(`${tmpdir()}/${name}`)));
  },
);

test('a server sees its own variables, and none of the process that audits it', LAUNCHES, async () => {
  process.env['PORTCULLIS_AUDITOR_SECRET'] = 'of the auditor';
  after(() => delete process.env['PORTCULLIS_AUDITOR_SECRET']);
  const command = {
    ...commandOf('test/support/hostile-stdio.ts'),
    args: ['-e', 'process.stdout.write(JSON.stringify(process.env) + "\\n")'],
    environment: { GIVEN: 'yes' },
  };
  const line = Promise.withResolvers<string>();
  const server = startServer(support, command, {
    lifeMs: 60_000,
    hear: (bytes) => line.resolve(bytes.toString('utf8')),
  });
  const environment = JSON.parse(await line.promise) as Readonly<Record<string, string>>;
  const { endedFor } = await server.stop();
  assert.equal(endedFor, undefined);
  assert.deepEqual(Object.keys(environment).toSorted(), [
    'AUDIT_CANARY_SECRET',
    'GIVEN',
    'HOME',
    'PATH',
    'PWD',
    'TMPDIR',
  ]);
});
