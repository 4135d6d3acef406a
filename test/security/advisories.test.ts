import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RULES } from '../../src/audit/rules.ts';
import { isTold, readFalseAlarms, readFamilies, readPairs, tableOf, tellApart } from '../support/advisory-pairs.ts';
import { auditFolder, auditSide, isAudited } from '../support/audit-pair.ts';

/** What is reached; a change of a rule that falls below it has to say why. */
const FLOOR = { dev: 0.85, held: 0.85 };

const pairs = readPairs();
const looked = pairs.filter(isAudited);
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

test('each family names rules that are there', () => {
  const known = new Set(RULES.map(({ meta }) => meta.id));
  for (const { id, family } of pairs) assert.ok(families.has(family), `${id}: no family ${family}`);
  for (const [family, rules] of families)
    for (const rule of rules) assert.ok(known.has(rule), `${family}: no rule ${rule}`);
});

test('the flaw is told from its fix in as many pairs as was reached', async (t) => {
  const told = [];
  for (const pair of looked) told.push(await tellApart(pair, auditSide, families.get(pair.family) ?? new Set()));
  t.diagnostic(`\n${tableOf(told)}`);
  for (const each of told.filter((one) => !isTold(one)))
    t.diagnostic(
      `${each.pair.set} ${each.pair.id} ${each.pair.family}: ${each.isHit ? 'fires on the fix' : 'silent on the flaw'}`,
    );
  for (const set of ['dev', 'held'] as const) {
    const own = told.filter(({ pair }) => pair.set === set);
    const share = own.filter(isTold).length / own.length;
    assert.ok(share >= FLOOR[set], `${set}: ${own.filter(isTold).length} of ${own.length}`);
  }
});

test('what was once called wrong and is right stays silent', async () => {
  for (const { id, folder, rules } of readFalseAlarms()) {
    const found = (await auditFolder(folder)).filter(({ rule }) => rules.length === 0 || rules.includes(rule));
    assert.deepEqual(found, [], id);
  }
});
