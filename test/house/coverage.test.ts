import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CARRIED_BY_COMMAND, NOT_CARRIED } from '../../src/catalogue/coverage.ts';
import { CONTROLS } from '../../src/catalogue/index.ts';
import { insecureSymbol } from '../../src/insecure.ts';
import { ORDER } from '../../src/pipeline/order.ts';
import { SLICES } from '../../src/prove/slices.ts';
import { ROOT } from './repository.ts';

test('every control of the catalogue is carried by a slice or a command or listed as missing, never two of them', async () => {
  const carried = new Set<string>();
  for (const load of SLICES.values()) for (const control of (await load()).meta.catalogue) carried.add(control);
  const main = readFileSync(join(ROOT, 'src/cli/main.ts'), 'utf8');
  for (const [control, command] of CARRIED_BY_COMMAND) {
    assert.ok(!carried.has(control) && !NOT_CARRIED.has(control), control);
    assert.match(main, new RegExp(`\\['?(?:[^\\]]*')?${command}'`), command);
    carried.add(control);
  }
  const known = new Set<string>(CONTROLS.map(({ id }) => id));
  assert.deepEqual(
    [...carried].filter((id) => !known.has(id)),
    [],
  );
  assert.deepEqual(
    [...NOT_CARRIED.keys()].filter((id) => carried.has(id)),
    [],
  );
  const missing = new Set<string>(NOT_CARRIED.keys());
  assert.deepEqual(
    [...known].filter((id) => !carried.has(id) && !missing.has(id)),
    [],
  );
});

test('slices, the registry, the order table and the symbols name the same controls', async () => {
  const slices = readdirSync(join(ROOT, 'src/controls')).toSorted();
  assert.deepEqual([...new Set(ORDER.map(({ id }) => id))].toSorted(), slices);
  assert.deepEqual([...SLICES.keys()], slices);
  for (const [id, load] of SLICES) {
    const { meta, rule } = await load();
    assert.equal(meta.id, id);
    assert.equal(rule.id, id);
    assert.equal(insecureSymbol(id)?.description, meta.insecure);
  }
});

test('the order table says where a control runs as its slice does', async () => {
  for (const [id, load] of SLICES) {
    const where = ORDER.filter((row) => row.id === id)
      .map((row) => row.where)
      .join('');
    const { reach } = (await load()).meta;
    assert.deepEqual(
      {
        http: reach.http === true,
        stdio: reach.stdio === true,
        modern: reach.modern === true,
        legacy: reach.legacy === true,
      },
      {
        http: where.includes('h'),
        stdio: where.includes('s'),
        modern: where.includes('m'),
        legacy: where.includes('l'),
      },
      id,
    );
  }
});
