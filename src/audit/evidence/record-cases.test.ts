import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changed,
  gathered,
  NOW,
  outcomeOf,
  record,
  writeFiles,
  type RecordCase,
} from '../../../test/support/evidence.ts';
import { KINDS } from './kinds.ts';
import { templateOf } from './template.ts';
import { OPERATION_CASES } from '../../../test/support/evidence-operation.ts';
import { RELEASE_CASES } from '../../../test/support/evidence-release.ts';

const CASES: readonly RecordCase[] = [...OPERATION_CASES, ...RELEASE_CASES];
/** Those need a signature, or something beside them, before they pass. */
const NEED_MORE: ReadonlySet<string> = new Set([
  'server-inventory',
  'bill-of-materials',
  'release-verdict',
  'periodic-review',
  'incident-plan',
]);

test('every kind of record has a case', () => {
  assert.deepEqual(
    CASES.map(({ kind }) => kind).toSorted(),
    KINDS.map(({ record: { kind } }) => kind),
  );
});

test('a template does not count, and names what is not filled in', async (t) => {
  const files = KINDS.map((each) => [`evidence/${each.record.kind}.yaml`, templateOf(each.record, each.meta.title)]);
  const run = await gathered(await writeFiles(t, Object.fromEntries(files)));
  for (const {
    record: { kind },
  } of KINDS) {
    const { status, why } = outcomeOf(run, kind);
    assert.equal(status, 'unknown', kind);
    assert.match(why, /is not filled in/, kind);
  }
});

test('a record that is absent is unknown, and what to write is said; what may be absent is not held against anyone', async (t) => {
  const run = await gathered(await writeFiles(t, { 'evidence/note.txt': 'x' }));
  for (const {
    record: { kind, isOptional },
  } of KINDS) {
    const { status, why } = outcomeOf(run, kind);
    assert.equal(status, isOptional ? 'not-applicable' : 'unknown', kind);
    if (!isOptional)
      assert.match(why, new RegExp(`evidence init ${kind} |no bill of materials|npm audit signatures`), kind);
  }
});

for (const { kind, good, wrong } of CASES) {
  test(`${kind}: what is right counts, what is stale, ahead, misspelt or contradicted does not`, async (t) => {
    const root = await writeFiles(t, { [`evidence/${kind}.json`]: record(kind, good) });
    const at = async (fields: object): Promise<ReturnType<typeof outcomeOf>> => {
      const again = await writeFiles(t, { [`evidence/${kind}.json`]: record(kind, fields) });
      return outcomeOf(await gathered(again), kind);
    };
    const right = outcomeOf(await gathered(root), kind);
    assert.equal(right.status, NEED_MORE.has(kind) ? 'unknown' : 'pass', right.why);
    assert.deepEqual(right.findings, []);
    const known = KINDS.find((each) => each.record.kind === kind);
    const days = (known?.record.freshDays ?? 0) + 22;
    const later = await gathered(root, { now: NOW + days * 86_400_000 });
    const stale = outcomeOf(later, kind);
    assert.equal(stale.status, 'fail');
    assert.ok(
      stale.findings.some(({ message }) => message.includes('days old')),
      stale.why,
    );
    const ahead = await at({ ...good, date: '2026-11-29' });
    assert.ok(
      ahead.findings.some(({ message }) => message.includes('days ahead')),
      ahead.why,
    );
    const misspelt = await at({ ...good, dates: 'x' });
    assert.deepEqual([misspelt.status, misspelt.findings], ['unknown', []]);
    assert.match(misspelt.why, /dates is no field of it/);
    for (const [path, value, says] of wrong) {
      const { status, findings } = await at(changed(good, path, value));
      assert.equal(status, 'fail', `${kind}: ${path}`);
      assert.ok(
        findings.some(({ message }) => says.test(message)),
        `${path}: ${findings.map(({ message }) => message).join('; ')}`,
      );
      assert.equal(findings.length, 1, `${path}: ${findings.map(({ message }) => message).join('; ')}`);
    }
  });
}
