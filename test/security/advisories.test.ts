import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RULES } from '../../src/audit/rules.ts';
import {
  isTold,
  readFalseAlarms,
  readFamilies,
  readPairs,
  tableOf,
  tellApart,
  type AdvisoryPair,
} from '../support/advisory-pairs.ts';
import { auditFolder, auditSide, readerOf, type Reader } from '../support/audit-pair.ts';

/**
 * Shares of pairs that are told apart, by set and by what reads them: what was reached. A change of a rule that falls below has to
 * say why. `docs/guides/audit-measures.md` lists the misses.
 */
const FLOORS: Readonly<Record<AdvisoryPair['set'], Readonly<Record<Reader, number>>>> = {
  dev: { javascript: 1, python: 1, configuration: 1, live: 1 },
  held: { javascript: 0.95, python: 1, configuration: 1, live: 1 },
};
const pairs = readPairs();
const looked = pairs;
const families = readFamilies();

test('each pair says truly where its flaw stands, and each class is in both sets', () => {
  assert.ok(pairs.length >= 44, `${pairs.length} pairs`);
  for (const { id, flaw, flawFolder } of pairs)
    for (const { file, line } of flaw) {
      assert.ok(existsSync(join(flawFolder, file)), `${id}: ${file}`);
      const text = readFileSync(join(flawFolder, file), 'utf8').split('\n')[line - 1] ?? '';
      assert.notEqual(text.trim(), '', `${id}: ${file}:${line} is empty`);
    }
  const classesOf = (set: string): readonly string[] =>
    [...new Set(pairs.filter((pair) => pair.set === set).map((pair) => pair.class))].toSorted();
  assert.deepEqual(classesOf('dev'), classesOf('held'));
});

test('each family of pairs that are looked at has a rule, or is known to have none', () => {
  const known = new Set(RULES.map(({ meta }) => meta.id));
  for (const { id, family } of looked) {
    const rules = [...(families.get(family) ?? [])];
    assert.ok(families.has(family), `${id}: no family ${family}`);
    assert.ok(
      rules.length === 0 || rules.some((rule) => known.has(rule)),
      `${family}: none of ${rules.join(', ')} is there`,
    );
  }
});

test('the flaw is told from its fix in as many pairs as was reached', async (t) => {
  const told = [];
  for (const pair of looked) told.push(await tellApart(pair, auditSide, families.get(pair.family) ?? new Set()));
  t.diagnostic(`\n${tableOf(told)}`);
  for (const each of told.filter((one) => !isTold(one)))
    t.diagnostic(
      `${each.pair.set} ${each.pair.id} ${each.pair.family}: ${each.isHit ? 'fires on the fix' : 'silent on the flaw'}`,
    );
  for (const set of ['dev', 'held'] as const)
    for (const [reader, floor] of Object.entries(FLOORS[set])) {
      const own = told.filter(({ pair }) => pair.set === set && readerOf(pair) === reader);
      const apart = own.filter(isTold).length;
      assert.ok(apart >= floor * own.length, `${set}, ${reader}: ${apart} of ${own.length}`);
    }
});

test('what was once called wrong and is right stays silent', async () => {
  for (const { id, folder, rules } of readFalseAlarms()) {
    const found = (await auditFolder(folder)).filter(({ rule }) => rules.length === 0 || rules.includes(rule));
    assert.deepEqual(found, [], id);
  }
});
