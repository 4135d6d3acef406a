import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPORT, reportOf, type RuleHit } from '../../../test/support/audit-report.ts';
import type { AuditReport } from '../run.ts';
import { barOf } from '../verdicts.ts';
import { glob } from './glob.ts';
import { applyWaivers, unusedWaivers } from './waive.ts';
import { parseWaivers } from './waivers.ts';

const NOW = new Date('2026-11-20T23:59:00Z');
const USER: RuleHit = {
  rule: 'image-user',
  message: 'the image runs as root',
  place: { file: 'demo/Dockerfile', line: 1, column: 1 },
};
const ANSWERS = 'reason: the demo alone, owner: ann, expires: 2027-01-31';

function waived(hits: readonly RuleHit[], ...entries: readonly string[]): AuditReport {
  const { waivers, problems } = parseWaivers(`waivers:\n${entries.map((each) => `  - {${each}}\n`).join('')}`, NOW);
  assert.deepEqual(problems, []);
  return applyWaivers(reportOf(hits), waivers);
}

const statusOf = (report: AuditReport, control: string): string | undefined =>
  report.verdicts.find((verdict) => verdict.control === control)?.status;

test('a finding that is waived is told with who, why and until when, and its controls are waived, not passed', () => {
  const report = waived([USER], `rule: image-user, file: demo/**, ${ANSWERS}`);
  assert.equal(report.findings.length, 1);
  assert.equal(report.findings[0]?.waived, true);
  assert.equal(statusOf(reportOf([USER]), 'DEP-01'), 'fail');
  const verdict = report.verdicts.find(({ control }) => control === 'DEP-01');
  assert.deepEqual([verdict?.status, verdict?.why], ['waived', 'waived by ann until 2027-01-31: the demo alone']);
  assert.equal(report.outcomes.find(({ rule }) => rule === 'image-user')?.status, 'waived');
  assert.ok(!barOf(report.verdicts).some(({ status }) => status === 'pass'));
});

test('a waiver reaches what it names and nothing beside it', () => {
  const elsewhere = { ...USER, place: { file: 'Dockerfile', line: 1, column: 1 } };
  const report = waived([USER, elsewhere], `rule: image-user, file: demo/*, ${ANSWERS}`);
  assert.deepEqual(
    report.findings.map((finding) => finding.waived),
    [true, undefined],
  );
  assert.equal(statusOf(report, 'DEP-01'), 'fail');
  const [print = ''] = reportOf([USER]).findings.map(({ fingerprint }) => fingerprint);
  assert.equal(waived([USER], `rule: image-user, fingerprint: ${print}, ${ANSWERS}`).findings[0]?.waived, true);
  assert.equal(waived([USER], `rule: image-user, fingerprint: other, ${ANSWERS}`).findings[0]?.waived, undefined);
  assert.equal(waived([USER], `rule: image-base, file: '**', ${ANSWERS}`).findings[0]?.waived, undefined);
});

test('a waiver of a control bears on that control alone', () => {
  const hit: RuleHit = { rule: 'workload-rights', message: 'x', place: { file: 'compose.yaml', line: 1, column: 1 } };
  const report = waived([hit], `control: DEP-01, file: '**', ${ANSWERS}`);
  assert.deepEqual([statusOf(report, 'DEP-01'), statusOf(report, 'ISO-05')], ['waived', 'fail']);
  assert.equal(report.findings[0]?.waived, undefined);
  const both = waived([hit], `control: DEP-01, file: '**', ${ANSWERS}`, `control: ISO-05, ${ANSWERS}`);
  assert.deepEqual([statusOf(both, 'ISO-05'), both.findings[0]?.waived], ['waived', true]);
});

test('a control that is waived as a whole is so when it fails or is unknown, and never passes by it', () => {
  const report = waived([], `control: GOV-02, ${ANSWERS}`);
  assert.equal(statusOf(reportOf([]), 'GOV-02'), 'unknown');
  const verdict = report.verdicts.find(({ control }) => control === 'GOV-02');
  assert.equal(verdict?.status, 'waived');
  assert.match(verdict?.why ?? '', /^waived by ann until 2027-01-31: the demo alone \(else unknown: not looked at: /);
  const passed = { ...reportOf([]), verdicts: [] };
  assert.ok(!applyWaivers(passed, parseWaivers('', NOW).waivers).verdicts.some(({ status }) => status === 'pass'));
});

test('an exchange is meant by its name', () => {
  const hit: RuleHit = { rule: 'plain-http-server', message: 'x', place: { exchange: 'tools/list as alice' } };
  assert.equal(waived([hit], `rule: plain-http-server, exchange: tools/list*, ${ANSWERS}`).findings[0]?.waived, true);
  assert.equal(
    waived([hit], `rule: plain-http-server, exchange: tools/call*, ${ANSWERS}`).findings[0]?.waived,
    undefined,
  );
});

test('what is malformed, expired or too long does not count, and is told where it stands', () => {
  const entry = (more: string): string => `waivers:\n  - rule: image-user\n    file: x\n${more}`;
  const good = '    reason: r\n    owner: o\n';
  for (const [text, line, column, message] of [
    [entry(`${good}    expires: 2026-11-19\n`), 6, 14, 'it expired on 2026-11-19'],
    [entry(`${good}    expires: 2027-11-22\n`), 6, 14, '2027-11-22 is more than a year away'],
    [entry(`${good}    expires: 2027-02-30\n`), 6, 14, '"2027-02-30" is no day such as 2027-03-31'],
    [entry(`${good}    expires: soon\n`), 6, 14, '"soon" is no day such as 2027-03-31'],
    [entry(good), 2, 5, '"expires" is missing'],
    [entry('    owner: o\n    expires: 2027-01-01\n'), 2, 5, '"reason" is missing'],
    [entry(`${good}    expires: 2027-01-01\n    until: x\n`), 7, 12, /^"until" is none of: rule, control, /],
    [entry(`${good}    control: DEP-01\n`), 2, 5, 'it names either a rule or a control'],
    ['waivers:\n  - {control: DEP-99, reason: r, owner: o}', 2, 15, '"DEP-99" is no control of the catalogue'],
    ['waivers:\n  - {rule: image-user, reason: r, owner: o}', 2, 5, /^a waiver of a rule needs "file"/],
    ['waivers:\n  - image-user', 2, 5, 'a waiver is a mapping'],
    ['waivers: all', 1, 1, /^it has to be one mapping/],
    ['- rule: x', 1, 1, /^it has to be one mapping/],
    ['waivers: [', 1, 11, /./],
  ] as const) {
    const { waivers, problems } = parseWaivers(text, NOW);
    assert.equal(waivers.length, 0, text);
    assert.deepEqual([problems[0]?.line, problems[0]?.column], [line, column], text);
    if (typeof message === 'string') assert.equal(problems[0]?.message, message);
    else assert.match(problems[0]?.message ?? '', message);
  }
  const lastDay = parseWaivers(entry(`${good}    expires: 2026-11-20\n`), NOW);
  assert.equal(lastDay.waivers.length, 1);
  assert.equal(
    parseWaivers(entry(`${good}    expires: 2026-11-20\n`), new Date('2026-11-21T00:00:00Z')).waivers.length,
    0,
  );
});

test('a waiver that bears on nothing is told by its line', () => {
  const text = `waivers:\n  - {rule: image-user, file: gone, ${ANSWERS}}\n  - {control: GOV-02, ${ANSWERS}}\n  - {rule: image-user, file: 'demo/**', ${ANSWERS}}\n`;
  const { waivers } = parseWaivers(text, NOW);
  assert.deepEqual(unusedWaivers(applyWaivers(reportOf([USER]), waivers), waivers), [2]);
});

test('a pattern means what it says, in linear time', () => {
  for (const [pattern, path, isMeant] of [
    ['*.json', 'a.json', true],
    ['*.json', 'a/b.json', false],
    ['**/*.json', 'b.json', true],
    ['**/*.json', 'a/b/c.json', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'ab/c', false],
    ['a.b', 'axb', false],
    ['?', '/', false],
    ['[a](b)|c', '[a](b)|c', true],
    ['a', 'A', false],
    ['a', 'xa', false],
  ] as const)
    assert.equal(glob(pattern)(path), isMeant, `${pattern} ${path}`);
  assert.equal(glob('**a'.repeat(100))('a'.repeat(20_000).concat('b')), false);
});

test('the report of the tests has one that is waived and one that is known', () => {
  assert.deepEqual(
    REPORT.findings.map(({ rule, waived: isWaived, known }) => [rule, isWaived, known]),
    [
      ['floating-server-version', undefined, undefined],
      ['image-user', true, undefined],
      ['plain-http-server', undefined, undefined],
      ['workload-rights', undefined, 'baseline'],
    ],
  );
});
